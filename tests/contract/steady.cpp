// SPDX-License-Identifier: MIT
// The exact gates: what a wait may cost in a steady state.
#include "support/allocations.hpp"
#include "support/bench.hpp"

#include <algorithm>

namespace polleros_test {

namespace {

// Runs `waits` waits, serving what they report, and counts what that cost.
struct Cost {
    std::size_t allocations = 0;
    std::size_t waits = 0;
    std::size_t changes = 0;
};

template <class TheBench, class Serve>
Cost costOf(TheBench& bench, int waits, Timeout timeout, Serve serve) {
    bench.world.resetCounts();
    std::error_code ec;
    std::size_t allocated = 0;
    {
        const AllocationCount count;
        for (int turn = 0; turn < waits; ++turn) {
            bench.poller.waitTriggers(timeout, ec);
            for (auto& channel : bench.poller.triggered()) {
                serve(channel);
            }
        }
        allocated = count.allocations();
    }
    CHECK_FALSE(ec);
    return {allocated, bench.world.waits(), bench.world.changes()};
}

} // namespace

TEMPLATE_TEST_CASE("C18 a steady wait allocates nothing, changes nothing, and is one wait call", "[contract][exact]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    if constexpr (!TestType::real) {
        bench.poller.backend().keepCalls(0); // its records are the test's
    }
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 0; number < 100; ++number) {
        auto& channel = bench.attach(number, ends.emplace_back(bench.world.ends(Kind::notifier)), notify);
        if (number % 2 == 0) {
            ends.back()->peerWrite(1);
        }
        channel.source().due = bench.poller.now() + 1h;
    }
    polleros::Waker waker = bench.poller.waker();
    for (int warmUp = 0; warmUp < 10; ++warmUp) {
        bench.wait(1us);
    }
    bench.poller.waitTriggers(Timeout::never()); // the first one beside deadlines sets the alarm, where there is one
    for (const Timeout timeout :
         {Timeout::immediately(), Timeout(1h), Timeout::never(), Timeout(bench.poller.now() + 1h)}) {
        std::size_t served = 0;
        const Cost cost = costOf(bench, 100, timeout, [&](auto& channel) {
            channel.source().due += 1ms;
            ++served;
        });
        CHECK(cost.allocations == 0);
        CHECK(cost.changes == 0);
        CHECK(cost.waits == 100);
        CHECK(served == 100 * std::min<std::size_t>(bench.maxEvents(), 50));
    }
    CHECK(bench.poller.stats().fruitlessWaits == 0);
    CHECK(bench.poller.stats().staleEvents == 0);
}

TEMPLATE_TEST_CASE("C18 a wait that times out is one wait call", "[contract][exact][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait(1ms);
    if constexpr (!TestType::real) {
        bench.poller.backend().keepCalls(0);
    }
    const Cost cost = costOf(bench, 20, Timeout(2ms), [](auto&) {});
    CHECK(cost.allocations == 0);
    CHECK(cost.changes == 0);
    CHECK(cost.waits == 20);
}

TEMPLATE_TEST_CASE("C18 between interests that are not empty there is one modify, never a remove and an add",
                   "[contract][exact]", POLLEROS_TEST_SETTINGS) {
    if constexpr (!TestType::callsToChange) {
        GATE(TestType::name(), "what is registered is changed without a call");
    }
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    bench.world.resetCounts();
    const std::vector<Triggers> intents{send,     recv | send,     hangup,           recv | hangup,
                                        priority, send | priority, connect | accept, recv};
    for (const Triggers intent : intents) {
        bench.want(1, intent);
        bench.wait();
    }
    CHECK(bench.world.modifies() == intents.size());
    CHECK(bench.world.adds() == 0);
    CHECK(bench.world.removes() == 0);
    CHECK(bench.poller.stats().modifies == intents.size());
    bench.want(1, {});
    bench.wait();
    CHECK(bench.world.removes() == 1);
    bench.want(1, send);
    bench.wait();
    CHECK(bench.world.adds() == 1);
    CHECK(bench.world.changes() == intents.size() + 2);
}

TEMPLATE_TEST_CASE("C18 where changes travel with the wait there is one call, whatever has changed", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    if constexpr (!TestType::Mechanism::capabilities().has(polleros::Capability::batchesChanges)) {
        GATE(TestType::name(), "changes do not travel with the wait");
    }
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 0; number < 20; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
    }
    bench.wait();
    const std::vector<Triggers> intents{send, recv | send, hangup, recv | hangup, {}, connect | accept, recv};
    bench.world.resetCounts();
    for (const Triggers intent : intents) {
        for (std::uint64_t number = 0; number < 20; ++number) {
            bench.want(number, intent);
        }
        bench.wait();
    }
    CHECK(bench.world.counts().waits() == intents.size());
    if (bench.maxEvents() >= 64) { // else there are more changes than a wait may bring events
        CHECK(bench.world.counts().total() == intents.size());
    }
    CHECK(bench.poller.stats().failedChanges == 0);
}

TEMPLATE_TEST_CASE("C4 an attach is one kernel call, two where only the kernel can judge", "[contract][exact]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.world.resetCounts();
    bench.attach(1, one, recv);
    if constexpr (TestType::countsChanges) {
        CHECK(bench.world.adds() == 1);
        CHECK(bench.world.changes() == 1);
    }
    if constexpr (TestType::real) {
        // A kqueue takes files that are always ready, and wepoll would take anything: somebody else has to judge, too.
        CHECK(bench.world.counts().total() == (TestType::isKqueue || TestType::isWepoll ? 2U : 1U));
    }
    bench.world.resetCounts();
    bench.attach(2, other, {});
    if constexpr (TestType::real) {
        CHECK(bench.world.counts().total() == (TestType::isEpoll ? 2U : 1U));
    }
    bench.world.resetCounts();
    bench.attach(3, {polleros::invalidHandle, recv});
    CHECK(bench.world.changes() == 0);
    bench.wait();
    CHECK(bench.world.changes() == 0); // all was done when attaching
    bench.world.resetCounts();
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    CHECK(bench.world.removes() == (TestType::countsChanges ? 1U : 0U));
    CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
    CHECK(bench.poller.deleteChannel(ChannelNumber{3}));
    CHECK(bench.world.removes() == (TestType::countsChanges ? 1U : 0U));
}

TEMPLATE_TEST_CASE("C13 a wake of the owner's writes nothing, and a thousand of them cost no system call", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    bench.wait(1us);
    bench.world.resetCounts();
    std::size_t allocated = 0;
    {
        const AllocationCount count;
        for (int wake = 0; wake < 1000; ++wake) {
            waker.wake();
        }
        allocated = count.allocations();
    }
    CHECK(allocated == 0);
    CHECK(bench.world.counts().total() == 0);
    CHECK(bench.wait(Timeout::never()).woken);
    CHECK(bench.world.counts().signals() == 0);
    CHECK(bench.world.counts().waits() == 1);
}

TEMPLATE_TEST_CASE("C13 at most one write for a thousand wakes, to who waits", "[contract][exact]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    for (int turn = 0; turn < 3; ++turn) {
        static_cast<void>(bench.poller.prepare()); // as good as waiting: armed
        bench.world.resetCounts();
        for (int wake = 0; wake < 1000; ++wake) {
            waker.wake();
        }
        CHECK(bench.world.counts().signals() == 1);
        CHECK(bench.poller.harvest().woken);
        // An eventfd with edges is never read, and a user event is taken by another call.
        const bool edge = (TestType::isEpoll || TestType::isKqueue) && !bench.variant().options.wakeByPipe;
        CHECK(bench.world.counts()[Call::read] == (edge ? 0U : Kernel::readsToDrain));
    }
    CHECK(bench.poller.stats().lateWakes == 0);
}

TEMPLATE_TEST_CASE("C13 who never asks for a waker has none", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, send);
    bench.wait(Timeout::never());
    bench.wait(1ms);
    CHECK(bench.world.counts().wakeHandles() == 0);
    static_cast<void>(bench.poller.waker());
    static_cast<void>(bench.poller.waker());
    CHECK(bench.world.counts().wakeHandles() >= 1);
    CHECK(bench.world.counts()[Call::pipe] <= 1);
}

TEMPLATE_TEST_CASE(
    "DL5 without deadlines a wait that polls or never ends reads no clock; with them one, and one more at the end",
    "[contract][sleeps]", POLLEROS_REAL_SETTINGS) {
    struct Timeless {
        [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
        [[nodiscard]] Triggers triggers() const noexcept { return send; }
        polleros::NativeHandle at;
    };
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr another = bench.world.ends();
    polleros::Poller<typename TestType::Backend, Timeless> timeless(bench.variant().options);
    timeless.attachChannel(Timeless{ends->handle()});
    bench.world.resetCounts();
    timeless.waitTriggers(Timeout::immediately());
    timeless.waitTriggers(Timeout::never());
    CHECK(bench.world.counts()[Call::now] == 0);

    auto& channel = bench.attach(1, another, send);
    channel.source().due = bench.poller.now() + 1h;
    bench.wait();
    bench.world.resetCounts();
    bench.wait(Timeout::never());
    bench.wait(1s);
    bench.wait();
    CHECK(bench.world.counts()[Call::now] == 3);
    bench.want(1, {});
    bench.wait();
    bench.world.resetCounts();
    bench.wait(2ms);
    CHECK(bench.world.counts()[Call::now] == 2);
}

} // namespace polleros_test
