// SPDX-License-Identifier: MIT
// What a swept case (tests/swept) leaves behind: the errors that its poller told, and, when the fault is over, a poller
// that works. Elsewhere nothing is asked.
#pragma once

#include "support/allocations.hpp"
#include "support/ends.hpp"
#include "support/faulty_calls.hpp"
#include "support/gate.hpp"
#include "support/harness.hpp"
#include "support/stage.hpp"
#include "support/swept_calls.hpp"

#include <polleros/poller.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace polleros_test {

// Errors that were told in this run of the case.
struct Heard {
    static inline std::vector<std::error_code> all{};

    static void note(const std::error_code& ec) {
        if (swept && ec && std::find(all.begin(), all.end(), ec) == all.end()) {
            all.push_back(ec);
        }
    }
};

// While it lives nothing fails, and what is called is not the case's.
class Truce {
public:
    Truce() : script_(Script::progress()), before_(Counts::counts()) {
        Script::script({});
        LibraryMemory::exempt(true);
    }
    Truce(const Truce&) = delete;
    Truce& operator=(const Truce&) = delete;
    ~Truce() {
        LibraryMemory::exempt(false);
        Script::script(std::move(script_));
        excluded = excluded + (Counts::counts() - before_);
    }

    static inline CallCounts excluded{}; // all calls made in truces

private:
    using Script = FaultScript<TheSweep>;
    using Counts = Counter<TheSweep>;

    std::vector<Fault> script_;
    CallCounts before_;
};

// Whatever has failed: without the fault the poller drops all its channels, hears a new one, and is woken.
template <class Source, class Poller, class World>
void checkAftermath(Poller& poller, const World& world) noexcept {
    using namespace std::chrono_literals;
    const auto expect = [](bool kept, const std::string& promise) {
        if (!kept) {
            violate(promise);
        }
    };
    try {
        const auto& stats = poller.stats();
        const auto milliseconds = (Stage::clock - Stage::opening) / std::chrono::milliseconds(1);
        const auto most = 3 * stats.waits + static_cast<std::uint64_t>(milliseconds) + 200;
        expect(stats.kernelWaits <= most || Stage::stuck, // wepoll's waits are tried again
               "spins: " + std::to_string(stats.kernelWaits) + " waits for " + std::to_string(stats.waits));
        const Truce truce;
        Stage::waits = 0;
        Stage::stuck = false;
        std::vector<polleros::ChannelNumber> numbers;
        for (const auto& channel : poller.channels()) {
            numbers.push_back(channel.number());
        }
        for (const polleros::ChannelNumber number : numbers) {
            poller.deleteChannel(number); // the source may take others along
        }
        expect(poller.size() == 0, "keeps channels that were deleted");

        std::error_code ec;
        const EndsPtr ends = realEnds(Kind::unixStream);
        auto* const channel =
            poller.attachChannel(polleros::ChannelNumber{1}, Source(ends->handle(), polleros::Trigger::recv), ec);
        expect(channel != nullptr, "attaches nobody after the fault");
        ends->peerWrite(1);
        const polleros::Waker waker = poller.waker(ec);
        expect(!ec, "cannot be woken after the fault");
        waker.wake();
        bool woken = false;
        polleros::Triggers told;
        for (int turn = 0; turn < 8 && !(woken && told.has(polleros::Trigger::recv)); ++turn) {
            woken |= poller.waitTriggers(5s, ec).woken;
            expect(!ec, "cannot wait after the fault: " + ec.message());
            for (auto& reported : poller.triggered()) {
                told |= reported.act();
            }
        }
        expect(told == polleros::Triggers{polleros::Trigger::recv}, "does not hear who speaks after the fault");
        expect(woken, "is not woken after the fault");
        expect(world.registered().value_or(0) <= 3,
               "leaves somebody in the kernel"); // but itself, its waker and its alarm
        expect(!Stage::stuck, "waits for ever after the fault");
    } catch (const std::exception& broken) {
        violate(std::string("throws after the fault: ") + broken.what());
    }
}

} // namespace polleros_test
