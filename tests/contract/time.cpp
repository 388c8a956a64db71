// SPDX-License-Identifier: MIT
// T: how long waits take.
#include "support/bench.hpp"
#include "support/signals.hpp"

#include <algorithm>
#include <thread>

namespace polleros_test {
namespace {

// A machine under load may take any time over anything, but not every time.
template <class Function>
std::chrono::nanoseconds fastest(int attempts, Function function) {
    auto best = std::chrono::nanoseconds::max();
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto before = std::chrono::steady_clock::now();
        function();
        best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - before);
    }
    return best;
}
TEMPLATE_TEST_CASE("T1 a zero timeout does not block, and still harvests", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    CHECK(fastest(20, [&] { CHECK(bench.wait(0s).timedOut); }) < 5ms);
    CHECK(fastest(20, [&] { CHECK(bench.wait(-1h).timedOut); }) < 5ms);
    ends->peerWrite(1);
    CHECK(bench.only(1, 0s) == Triggers{recv});
    CHECK(bench.only(1, -1h) == Triggers{recv});
}

TEMPLATE_TEST_CASE("T2 no wait ends early", "[contract][sleeps][slow]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr idle = bench.world.ends();
    bench.attach(1, idle, recv);
    const int turns = bench.variant().options.wakeByPipe ? 20 : 200;
    auto shortest = std::chrono::nanoseconds::max();
    for (int turn = 0; turn < turns; ++turn) {
        const auto before = bench.poller.now();
        CHECK(bench.wait(20ms).timedOut);
        shortest = std::min<std::chrono::nanoseconds>(shortest, bench.poller.now() - before);
    }
    CHECK(shortest >= 20ms);
}

TEMPLATE_TEST_CASE("T2 no wait until a point in time ends before it", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    for (int turn = 0; turn < 20; ++turn) {
        const auto until = bench.poller.now() + std::chrono::microseconds(3'000 + 137 * turn);
        CHECK(bench.wait(until).timedOut);
        CHECK(bench.poller.now() >= until);
    }
}

// Not [sleeps]: falling asleep a thousand times costs some machines more CPU than the budget of such a case, and a spin
// would be seen in the number of calls.
TEMPLATE_TEST_CASE("T3 a timeout below a millisecond sleeps, in one call", "[contract][exact]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr idle = bench.world.ends();
    bench.attach(1, idle, recv);
    bench.wait();
    // The first finite wait on an old kernel finds out that it is one.
    bench.wait(1us);
    bench.world.resetCounts();
    auto shortest = std::chrono::nanoseconds::max();
    for (int turn = 0; turn < 1000; ++turn) {
        const auto before = bench.poller.now();
        bench.wait(100us);
        shortest = std::min<std::chrono::nanoseconds>(shortest, bench.poller.now() - before);
    }
    CHECK(shortest >= 100us);
    CHECK(bench.world.waits() == 1000);
}

TEMPLATE_TEST_CASE("T4 a huge timeout blocks until something happens", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const polleros::Waker waker = bench.poller.waker();
    const Timeout huge[] = {Timeout::never(),
                            std::chrono::hours::max(),
                            std::chrono::nanoseconds::max(),
                            std::chrono::duration<double>(1e300),
                            std::chrono::hours(24 * 365 * 100),
                            polleros::TimePoint::max(),
                            polleros::TimePoint::max() - 1ns};
    for (const Timeout& timeout : huge) {
        const auto before = bench.poller.now();
        const Later later = bench.world.later(20ms, [waker] { waker.wake(); });
        const polleros::WaitResult result = bench.wait(timeout);
        CHECK(result.woken);
        CHECK_FALSE(result.timedOut);
        // The thread may have begun to count a little before this one looked at the clock.
        CHECK(bench.poller.now() - before >= 15ms);
        CHECK(bench.poller.now() - before < 20ms + slack);
    }
}

TEMPLATE_TEST_CASE("T5 a point in the past is a zero timeout", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    const auto past = [&](std::chrono::nanoseconds ago) { return Timeout(bench.poller.now() - ago); };
    CHECK(fastest(20, [&] { CHECK(bench.wait(past(1ns)).timedOut); }) < 5ms);
    CHECK(bench.wait(past(1h)).timedOut);
    CHECK(bench.wait(polleros::TimePoint{}).timedOut);
    CHECK(bench.wait(polleros::TimePoint::min()).timedOut);
    ends->peerWrite(1);
    CHECK(bench.only(1, past(1h)) == Triggers{recv});
    CHECK(bench.only(1, polleros::TimePoint::min()) == Triggers{recv});
}

TEMPLATE_TEST_CASE("T6 a signal neither shortens nor lengthens a wait, and is no error", "[contract][sleeps][unswept]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr idle = bench.world.ends();
    bench.attach(1, idle, recv);
    bool interrupted = false;
    for (int attempt = 0; attempt < 20 && !interrupted; ++attempt) { // a busy machine may send it too late
        const auto before = bench.poller.now();
        if constexpr (TestType::real) {
            const SignalTimer signal = signalAfter(10ms);
            CHECK(bench.wait(50ms).timedOut);
            interrupted = signal.count() == 1;
        } else {
            bench.poller.backend().kernel().after(10ms, [&] { bench.poller.backend().interrupt(); });
            CHECK(bench.wait(50ms).timedOut);
            interrupted = true;
        }
        CHECK(bench.poller.now() - before >= 50ms);
        CHECK(bench.poller.now() - before < 50ms + (TestType::real ? slack : 1ms));
    }
    CHECK(interrupted);
}

TEMPLATE_TEST_CASE("T6 a storm of signals does not keep a wait from ending", "[contract][unswept]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto before = bench.poller.now();
    if constexpr (TestType::real) {
        const SignalTimer storm = signalStorm(1000);
        CHECK(bench.wait(50ms).timedOut);
        CHECK(storm.count() > 5);
    } else {
        for (int turn = 1; turn < 50; ++turn) {
            bench.poller.backend().kernel().after(turn * 1ms, [&] { bench.poller.backend().interrupt(); });
        }
        CHECK(bench.wait(50ms).timedOut);
    }
    CHECK(bench.poller.now() - before >= 50ms);
    CHECK(bench.poller.now() - before < 50ms + (TestType::real ? slack : 1ms));
}

TEMPLATE_TEST_CASE("T7 a poller with no channels sleeps", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    bench.checkQuiet(50ms);
    const polleros::Waker waker = bench.poller.waker(); // nor does its wake handle keep it awake
    bench.checkQuiet(50ms);
    bench.attach(1, {polleros::invalidHandle, recv});
    bench.checkQuiet(50ms);
}

} // namespace
} // namespace polleros_test
