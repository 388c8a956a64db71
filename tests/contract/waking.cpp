// SPDX-License-Identifier: MIT
// W: wakes. (Those from other threads: waking_threads.cpp; their order: unit/waker.cpp.)
#include "support/bench.hpp"
#include "support/signals.hpp"

#include <cerrno>

namespace polleros_test {

TEMPLATE_TEST_CASE("W1 a wake before the wait ends it at once, and reports nothing else", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    polleros::Waker waker = bench.poller.waker();
    for (int turn = 0; turn < 3; ++turn) {
        waker.wake();
        const auto result = bench.wait(Timeout::never());
        CHECK(result.woken);
        CHECK_FALSE(result.timedOut);
        CHECK(result.channels == 0);
        CHECK(result.triggers.empty());
        CHECK(bench.poller.triggered().begin() == std::default_sentinel);
    }
    CHECK(bench.poller.stats().wakes == 3);
}

TEMPLATE_TEST_CASE("W1 every kind of wait consumes a wake, and reports it once", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    const auto soon = [&] { return bench.poller.now() + 10s; };
    for (const Timeout kind : {Timeout::immediately(), Timeout(10s), Timeout(100us), Timeout::never(), Timeout(soon()),
                               Timeout(soon() - 60s)}) {
        waker.wake();
        CHECK(bench.wait(kind).woken);
        CHECK_FALSE(bench.wait().woken);
    }
    waker.wake();
    CHECK(bench.poller.harvest().woken);
    CHECK_FALSE(bench.wait().woken);
    waker.wake();
    CHECK(bench.poller.prepare() == Timeout::immediately()); // the outer loop must not block
    CHECK(bench.poller.harvest().woken);
    CHECK_FALSE(bench.wait().woken);
}

TEMPLATE_TEST_CASE("W2 a wake ends a wait that has no end", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    const Later later = bench.world.later(10ms, [waker]() mutable { waker.wake(); });
    const auto before = bench.poller.now();
    const auto result = bench.wait(Timeout::never());
    CHECK(result.woken);
    CHECK_FALSE(result.timedOut);
    CHECK(bench.poller.now() - before < 10ms + slack);
}

TEMPLATE_TEST_CASE("W3 a thousand wakes are one", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    const polleros::Waker copy = waker;
    for (int wake = 0; wake < 1000; ++wake) {
        (wake % 2 == 0 ? waker : polleros::Waker(copy)).wake();
    }
    CHECK(bench.wait(Timeout::never()).woken);
    const auto before = bench.poller.now();
    CHECK(bench.wait(20ms).timedOut);
    CHECK(bench.poller.now() - before >= 20ms);
}

TEMPLATE_TEST_CASE("W4 a wake and a ready channel are reported by the same wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    polleros::Waker waker = bench.poller.waker();
    ends->peerWrite(1);
    waker.wake();
    const auto result = bench.wait(Timeout::never());
    CHECK(result.woken);
    CHECK(result.channels == 1);
    CHECK(result.triggers == Triggers{recv});
    const auto next = bench.wait();
    CHECK_FALSE(next.woken);   // once
    CHECK(next.channels == 1); // level
}

TEMPLATE_TEST_CASE("W4 a flood of ready channels does not keep a wake away", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 8; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), send);
    }
    polleros::Waker waker = bench.poller.waker();
    for (int turn = 0; turn < 20; ++turn) {
        waker.wake();
        CHECK(bench.wait(Timeout::never()).woken);
        CHECK_FALSE(bench.wait(Timeout::never()).woken);
    }
}

TEMPLATE_TEST_CASE("W5 a wake never blocks, however many nobody hears", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    const auto before = std::chrono::steady_clock::now();
    for (int wake = 0; wake < 200'000; ++wake) {
        waker.wake();
    }
    CHECK(std::chrono::steady_clock::now() - before < 5s);
    CHECK(bench.wait().woken);
    CHECK_FALSE(bench.wait().woken);
}

TEMPLATE_TEST_CASE("W5 a wake handle that is full is a wake that was heard", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    // Armed again and again without anybody who looks: each prepare() invites one write.
    const Faults<TestCalls> faults({{.call = Call::write, .nth = 2, .times = 1, .error = nativeCode(EAGAIN)},
                                    {.call = Call::write, .nth = 1, .times = 1, .error = nativeCode(EINTR)}});
    for (int turn = 0; turn < 3; ++turn) {
        static_cast<void>(bench.poller.prepare());
        waker.wake();
        CHECK(bench.poller.harvest().woken);
    }
    CHECK_FALSE(bench.wait().woken);
}

TEMPLATE_TEST_CASE("W6 a wake inside a handler ends the next wait", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    polleros::Waker waker = bench.poller.waker();
    ends->peerWrite(1);
    bench.wait();
    for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
        waker.wake();
        ends->readAll();
    }
    const auto result = bench.wait(Timeout::never());
    CHECK(result.woken);
    CHECK(result.channels == 0);
}

TEMPLATE_TEST_CASE("W7 a wake from a signal handler ends the wait that the signal interrupts",
                   "[contract][sleeps][unswept]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    static polleros::Waker waker;
    waker = bench.poller.waker();
    const auto forgotten = atDestruction([] { waker = {}; });
    {
        const SignalTimer timer(20ms, 0ns, [] {
            errno = EDOM;
            waker.wake();
            if (errno != EDOM) { // preserved
                std::_Exit(99);
            }
        });
        CHECK(bench.wait(Timeout::never()).woken);
    }
}

TEMPLATE_TEST_CASE("W8 a wake leaves errno alone, also one that fails", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    const Faults<TestCalls> faults({{.call = Call::write, .error = nativeCode(EAGAIN)},
                                    {.call = Call::keventTrigger, .error = nativeCode(EINTR)}});
    static_cast<void>(bench.poller.prepare());
    errno = EDOM;
    waker.wake();
    CHECK(errno == EDOM);
    CHECK(faults.hits(0) + faults.hits(1) == 1);
}

TEMPLATE_TEST_CASE("W9 a waker outlives its poller, and then wakes nobody", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker;
    CHECK_FALSE(static_cast<bool>(waker));
    waker.wake(); // of nobody
    {
        typename Bench<TestType>::Poller other(bench.variant().options);
        waker = other.waker();
        CHECK(static_cast<bool>(waker));
        static_cast<void>(other.prepare()); // armed when it dies: the next wake writes
    }
    // What the process opens now must not be written to by a late wake.
    const FdPair pair = makePair(PairKind::unixStream);
    const Fd another = duplicateOf(pair.peer.get());
    waker.wake();
    CHECK(readSome(pair.ours.get(), 100).bytes == 0);
    CHECK(readSome(pair.peer.get(), 100).bytes == 0);
    polleros::Waker moved = std::move(waker);
    moved.wake();
    waker = moved;
    waker.wake();
}

TEMPLATE_TEST_CASE("W10 a wake is not lost by a wait that the system refuses", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    waker.wake();
    if constexpr (TestType::real) {
        const Faults<TestCalls> faults(
            {{.call = Call::epollWait, .times = Fault::forEver, .error = nativeCode(EBADF)},
             {.call = Call::epollPwait2, .times = Fault::forEver, .error = nativeCode(EBADF)},
             {.call = Call::poll, .times = Fault::forEver, .error = nativeCode(EBADF)},
             {.call = Call::keventWait, .times = Fault::forEver, .error = nativeCode(EBADF)}});
        CHECK_THROWS_AS(bench.poller.waitTriggers(Timeout::never()), std::system_error);
    } else {
        bench.poller.backend().interrupt(EBADF);
        CHECK_THROWS_AS(bench.poller.waitTriggers(Timeout::never()), std::system_error);
    }
    CHECK(bench.wait().woken);
}

TEMPLATE_TEST_CASE("N10 a write that comes after its wake was reported ends no wait", "[contract][exact][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    const auto others = openFds();
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    // The wake handle rings although nobody wakes: as when a thread was held up between its exchange and its write.
    const auto ring = [&] {
        if constexpr (TestType::real) {
            for (const auto& [fd, target] : openFds()) {
                if (others.find(fd) != others.end()) {
                    continue;
                }
#if POLLEROS_TEST_KQUEUE
                ringUserEvent(fd);
#endif
                const bool eventFd = target.find("eventfd") != std::string::npos;
                const bool pipe = bench.variant().options.wakeByPipe && target.rfind("pipe:", 0) == 0;
                if (eventFd || pipe || target.rfind("datagram", 0) == 0) {
                    const std::uint64_t one = 1; // to the reading end of a pipe it fails
                    static_cast<void>(tryWrite(fd, &one, eventFd ? sizeof one : 1));
                }
            }
        } else {
            for (int number = 1 << 30; number < (1 << 30) + 100'000; ++number) {
                if (auto* const bell = polleros::detail::ScriptedBell::find(number)) {
                    bell->ring();
                    break;
                }
            }
        }
    };
    for (int turn = 0; turn < 2; ++turn) {
        ring();
        const auto lateBefore = bench.poller.stats().lateWakes;
        const auto before = bench.poller.now();
        const auto result = bench.wait(20ms);
        CHECK_FALSE(result.woken);
        CHECK(result.timedOut);
        CHECK(bench.poller.now() - before >= 20ms);
        CHECK(bench.poller.stats().lateWakes == lateBefore + 1);
    }
    waker.wake(); // and it is still in order
    CHECK(bench.wait(Timeout::never()).woken);
}

} // namespace polleros_test
