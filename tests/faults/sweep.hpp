// SPDX-License-Identifier: MIT
// The sweep: each scenario once without a fault, to count its calls; then once for every call it makes and every reason
// for which that may fail. A broken promise is told with all that is needed to break it again.
#pragma once

#include "faults/scenarios.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace polleros_test {

template <class R>
class Sweep {
    using What = Run::What;
    static constexpr std::size_t most = 64; // of the calls of one kind are tried

public:
    // What the backend and the source are called. With a stride each reason meets only every n-th call of a scenario, and
    // which those are differs from one to the next. It must have no factor in common with how many that are in a scenario
    // (the reasons, and three more): else some calls are passed over by all of them.
    explicit Sweep(std::string name, std::size_t stride = 1) : name_(std::move(name)), stride_(stride) {}

    // With all reasons for which a call may fail.
    void run(const std::vector<Reason>& reasons, const Setup& setup) {
        for (const Scenario<R>& scenario : scenarios<R>) {
            warmUp(scenario, setup);
            const Outcome plain = play(scenario, {What::nothing, {Call::anyCall, 0}, 0, 0, setup});
            for (const Reason& reason : reasons) {
                const std::size_t calls = std::min(plain.calls[reason.call], most);
                for (std::size_t k = first(); k <= calls; k += stride_) {
                    play(scenario, {What::call, reason, k, 1, setup}, plain);
                    if (isRepeatable(reason)) {
                        play(scenario, {What::call, reason, k, 50, setup}, plain);
                    } else {
                        play(scenario, {What::call, reason, k, Fault::forEver, setup}, plain);
                    }
                }
            }
            for (std::size_t k = first(); k <= std::min(plain.allocations, most); k += stride_) {
                play(scenario, {What::allocation, {Call::anyCall, 0}, k, 1, setup}, plain);
                play(scenario, {What::allocation, {Call::anyCall, 0}, k, Fault::forEver, setup}, plain);
            }
            for (const Call call : {Call::epollWait, Call::epollPwait2}) {
                for (std::size_t k = first(); k <= std::min(plain.calls[call], most); k += stride_) {
                    play(scenario, {What::staleEvent, {call, 0}, k, 1, setup}, plain);
                }
            }
        }
    }

    [[nodiscard]] std::size_t runs() const { return runs_; }
    [[nodiscard]] std::size_t faults() const { return faults_; }

private:
    struct Outcome {
        CallCounts calls;
        std::size_t allocations = 0;
        std::size_t total = 0;
    };

    [[nodiscard]] std::size_t first() { return 1 + turn_++ % stride_; }
    // What is found out once per process is known from now on.
    void warmUp(const Scenario<R>& scenario, const Setup& setup) {
        play(scenario, {What::nothing, {Call::anyCall, 0}, 0, 0, setup});
    }

    Outcome play(const Scenario<R>& scenario, const Run& run, const Outcome& plain = {}) {
        INFO(name_ << ", while " << scenario.name << ", " << run.describe()); // also if it crashes
        Outcome outcome;
        ++runs_;
        try {
            outcome = playOnce(scenario, run, plain);
        } catch (const std::exception& broken) {
            FAIL_CHECK("not so: " << broken.what());
            REQUIRE(++broken_ < 20);
        }
        return outcome;
    }

    Outcome playOnce(const Scenario<R>& scenario, const Run& run, const Outcome& plain) {
        Outcome outcome;
        CountedMemory memory;
        const std::ptrdiff_t open = openHandles();
        const CallCounts before = R::Calls::counts();
        std::size_t hits = 0;
        {
            R rig(run, memory, hits);
            scenario.play(rig);
            const bool untilTheEnd = run.reason.call == Call::close; // most of it is at the end
            rig.settle(run.lasts() && !untilTheEnd);
            outcome.calls = R::Calls::counts() - before;
            outcome.allocations = memory.allocations();
            outcome.total = outcome.calls.total();
            rig.recover(!untilTheEnd);
        }
        outcome.calls.of[static_cast<std::size_t>(Call::close)] = (R::Calls::counts() - before)[Call::close];
        faults_ += hits;
        const std::size_t limit = 3 * plain.total + 100 + R::Kernel::callsPerFault * std::min<std::size_t>(hits, 50);
        expect(run.what == What::nothing || hits != 0, "the fault hits");
        expect(run.what == What::nothing || outcome.total <= limit,
               "nothing spins: " + std::to_string(outcome.total) + " calls instead of " + std::to_string(plain.total));
        expect(openHandles() == open, "no handle is left open, or closed that was somebody else's");
        expect(memory.isBalanced(), "all memory is given back");
        return outcome;
    }

    std::string name_;
    std::size_t stride_;
    std::size_t turn_ = 0;
    std::size_t runs_ = 0;
    std::size_t faults_ = 0;
    int broken_ = 0;
};

} // namespace polleros_test
