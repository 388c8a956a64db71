// SPDX-License-Identifier: MIT
// The sweep: each scenario once without a fault, to count its calls; then once for every call it makes and every reason
// for which that may fail. A broken promise is told with all that is needed to break it again.
#pragma once

#include "faults/scenarios.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace polleros_test {

template <class R>
class Sweep {
    using What = Run::What;
    static constexpr std::size_t most = 64; // of the calls of one kind are tried

public:
    // What the backend and the source are called.
    explicit Sweep(std::string name) : name_(std::move(name)) {}

    // With all reasons for which a call may fail.
    void run(const std::vector<Reason>& reasons, const Setup& setup) {
        for (const Scenario<R>& scenario : scenarios<R>) {
            warmUp(scenario, setup);
            const Outcome plain = play(scenario, {What::nothing, {Call::anyCall, 0}, 0, 0, setup});
            for (const Reason& reason : reasons) {
                const std::size_t calls = std::min(plain.calls[reason.call], most);
                for (std::size_t k = 1; k <= calls; ++k) {
                    play(scenario, {What::call, reason, k, 1, setup}, plain);
                    if (isRepeatable(reason)) {
                        play(scenario, {What::call, reason, k, 50, setup}, plain);
                    } else {
                        play(scenario, {What::call, reason, k, Fault::forEver, setup}, plain);
                    }
                }
            }
            for (std::size_t k = 1; k <= std::min(plain.allocations, most); ++k) {
                play(scenario, {What::allocation, {Call::anyCall, 0}, k, 1, setup}, plain);
                play(scenario, {What::allocation, {Call::anyCall, 0}, k, Fault::forEver, setup}, plain);
            }
            for (const Call call : {Call::epollWait, Call::epollPwait2}) {
                for (std::size_t k = 1; k <= std::min(plain.calls[call], most); ++k) {
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

    // It is over by itself, and trying on is what is promised. (A pipe that can be read, and cannot, is no world.)
    [[nodiscard]] static bool isRepeatable(const Reason& reason) {
        return reason.error == EINTR || reason.error == ETIMEDOUT || reason.error == 0 || reason.call == Call::read;
    }
    [[nodiscard]] static std::size_t openDescriptors() {
        const std::filesystem::directory_iterator open("/proc/self/fd");
        return static_cast<std::size_t>(std::distance(begin(open), end(open)));
    }
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
        const std::size_t open = openDescriptors();
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
        expect(run.what == What::nothing || hits != 0, "the fault hits");
        expect(run.what == What::nothing || outcome.total <= 3 * plain.total + 100 + std::min<std::size_t>(hits, 50),
               "nothing spins: " + std::to_string(outcome.total) + " calls instead of " + std::to_string(plain.total));
        expect(openDescriptors() == open, "no descriptor is left open, or closed that was somebody else's");
        expect(memory.isBalanced(), "all memory is given back");
        return outcome;
    }

    std::string name_;
    std::size_t runs_ = 0;
    std::size_t faults_ = 0;
    int broken_ = 0;
};

} // namespace polleros_test
