// SPDX-License-Identifier: MIT
// Living in another loop: prepare(), its handle, harvest().
#include "support/bench.hpp"

namespace polleros_test {

namespace {

// The outer loop: poll(2), as any other would. True if the poller's handle is readable.
template <class Poller>
bool outerPoll(Poller& poller, Timeout timeout) {
    if constexpr (swept) {
        const auto look = [&] { return pollFor(outerHandle(poller), readable, 0).has(readable) ? 1 : 0; };
        return Stage::wait<SystemCalls>(timeout, look) == 1;
    }
    const int milliseconds = timeout.isNever() ? 5'000 : timeout.toMilliseconds();
    return pollFor(outerHandle(poller), readable, milliseconds).has(readable);
}

} // namespace

// The handle that an outer loop waits for.
#define NEEDS_NESTING                                                                                                  \
    if constexpr (!TestType::nests) {                                                                                  \
        GATE(TestType::name(), "the backend has no handle that another loop could wait for");                          \
    }

TEMPLATE_TEST_CASE("N11 what happens to a channel ends the outer loop's wait, and is harvested", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    CHECK(bench.poller.prepare() == Timeout::never());
    CHECK_FALSE(outerPoll(bench.poller, Timeout::immediately()));
    ends->peerWrite(1);
    CHECK(outerPoll(bench.poller, Timeout::never()));
    const auto result = bench.poller.harvest();
    CHECK(result.channels == 1);
    CHECK_FALSE(result.woken);
    CHECK_FALSE(result.timedOut);
    for (auto& channel : bench.poller.triggered()) {
        CHECK(channel.act() == Triggers{recv});
    }
    CHECK(bench.poller.stats().waits == 1);
}

TEMPLATE_TEST_CASE("N11 a wake from a thread ends the outer loop's wait", "[contract][sleeps]",
                   POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(bench.poller.prepare() == Timeout::never());
        const Later later = bench.world.later(5ms, [waker]() mutable { waker.wake(); });
        CHECK(outerPoll(bench.poller, Timeout::never()));
        CHECK(bench.poller.harvest().woken);
        CHECK_FALSE(bench.poller.harvest().woken); // a wait that polls, without prepare()
    }
}

TEMPLATE_TEST_CASE("N11 a wake before prepare() lets the outer loop not block at all", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    waker.wake();
    CHECK(bench.poller.prepare() == Timeout::immediately());
    CHECK(bench.poller.harvest().woken);
    CHECK(bench.poller.prepare() == Timeout::never());
    CHECK(bench.poller.harvest().timedOut);
}

TEMPLATE_TEST_CASE("N11 a second prepare() stays armed", "[contract]", POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    Bench<TestType> bench;
    polleros::Waker waker = bench.poller.waker();
    CHECK(bench.poller.prepare() == Timeout::never());
    CHECK(bench.poller.prepare() == Timeout::never());
    waker.wake();
    CHECK(outerPoll(bench.poller, Timeout::never()));
    CHECK(bench.poller.prepare() == Timeout::immediately()); // and a wake is not forgotten by a third
    CHECK(bench.poller.harvest().woken);
    CHECK(bench.poller.prepare() == Timeout::never());
    waker.wake();
    CHECK(bench.wait(Timeout::never()).woken); // whoever waits after prepare()
    CHECK_FALSE(bench.wait().woken);
}

TEMPLATE_TEST_CASE("N11 after a rebuild handleReplaced is set, and the new handle works", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    if constexpr (TestType::isKqueue) {
        GATE(TestType::name(), "no registration outlives its descriptor: there is nothing to be got rid of");
    }
    Bench<TestType> bench;
    const EndsPtr forgotten = bench.world.ends();
    const EndsPtr ends = bench.world.ends();
    polleros::Waker waker = bench.poller.waker();
    bench.attach(1, forgotten, recv);
    bench.attach(2, ends, recv);
    bench.wait();
    forgotten->peerWrite(1);
    static_cast<void>(forgotten->duplicate());
    forgotten->close(); // and deleted too late
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    const auto before = bench.poller.nativeHandle();
    static_cast<void>(before);
    static_cast<void>(bench.poller.prepare());
    CHECK(outerPoll(bench.poller, Timeout::never()));
    const auto result = bench.poller.harvest();
    CHECK(result.handleReplaced);
    CHECK(result.channels == 0);
    CHECK(bench.poller.stats().rebuilds == 1);
    CHECK(bench.poller.prepare() == Timeout::never());
    CHECK_FALSE(outerPoll(bench.poller, Timeout::immediately())); // quiet now
    waker.wake();
    CHECK(outerPoll(bench.poller, Timeout::never()));
    CHECK(bench.poller.harvest().woken);
    ends->peerWrite(1);
    CHECK(bench.poller.prepare() == Timeout::never());
    CHECK(outerPoll(bench.poller, Timeout::never()));
    CHECK(bench.poller.harvest().channels == 1);
    CHECK_FALSE(bench.wait().handleReplaced);
}

TEMPLATE_TEST_CASE("N23 what the outer loop queues between prepare() and harvest() wakes it, by one write",
                   "[contract][exact]", POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    for (const int how : {0, 1, 2, 3, 4, 5}) {
        if (TestType::locality == Locality::scanned && how < 2) {
            continue; // a source that is not local is not touched by who changes it
        }
        Bench<TestType> bench(Variants::few);
        CAPTURE(how);
        const EndsPtr ends = bench.world.ends();
        const EndsPtr fresh = bench.world.ends();
        bench.attach(1, ends, recv);
        bench.attach(3, {polleros::invalidHandle, {}});
        const auto ref = bench.channel(1).ref();
        CHECK(bench.poller.prepare() == Timeout::never());
        bench.world.resetCounts();
        switch (how) {
        case 0: bench.want(1, recv | send); break;
        case 1: ref->wanted = recv | send; break;
        case 2: bench.poller.touch(ChannelNumber{1}); break;
        case 3: bench.attach(2, fresh, send); break;
        case 4: bench.channel(3).markForDeletion(); break;
        default: bench.channel(1).handleReplaced(); break;
        }
        CHECK(bench.world.counts().signals() == 1);
        for (int more = 0; more < 100; ++more) {
            bench.channel(1).touch();
            bench.channel(3).touch();
        }
        CHECK(bench.world.counts().signals() == 1); // the first only
        CHECK(outerPoll(bench.poller, Timeout::never()));
        bench.poller.harvest();
        bench.world.resetCounts();
        if (how == 0 || how == 1) {
            static_cast<void>(bench.poller.prepare());
            CHECK(outerPoll(bench.poller, Timeout::never())); // it can be written to: nothing was lost
            CHECK(bench.poller.harvest().triggers == Triggers{send});
        }
        bench.want(1, recv);
        CHECK(bench.world.counts().signals() == 0); // outside of the two, a touch costs nothing
    }
}

TEMPLATE_TEST_CASE("N23 a touch after harvest(), or after another wait, writes nothing", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    static_cast<void>(bench.poller.prepare());
    bench.poller.harvest();
    bench.world.resetCounts();
    channel.touch();
    static_cast<void>(bench.poller.prepare());
    bench.wait();
    channel.touch();
    CHECK(bench.world.counts().signals() == 0);
    bench.attach(2, {polleros::invalidHandle, work});
    CHECK(bench.poller.prepare() == Timeout::immediately()); // nobody blocks: nobody has to be woken
    bench.world.resetCounts();
    channel.touch();
    CHECK(bench.world.counts().signals() == 0);
}

TEMPLATE_TEST_CASE("N11 prepare() says how long: not at all with anything pending, else to the next deadline",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    auto& channel = bench.attach(1, {polleros::invalidHandle, work});
    CHECK(bench.poller.prepare() == Timeout::immediately());
    const auto result = bench.poller.harvest();
    CHECK(result.triggers == Triggers{work});
    CHECK(result.channels == 1);
    for (auto& reported : bench.poller.triggered()) {
        CHECK(reported.act() == Triggers{work});
    }
    channel.source().wanted = {};
    channel.source().due = bench.poller.now() + 1h;
    const auto hour = bench.poller.prepare().remaining(bench.poller.now());
    CHECK(hour > 59min);
    CHECK(hour <= 1h);
    CHECK(bench.poller.harvest().timedOut);
    channel.source().due = bench.poller.now() - 1h;
    CHECK(bench.poller.prepare().remaining(bench.poller.now()) == 0ns);
    CHECK(bench.poller.harvest().triggers == Triggers{timeout});
    channel.source().due = bench.poller.now() + 10ms;
    const Timeout soon = bench.poller.prepare();
    bench.world.sleep(soon.remaining(bench.poller.now()));
    CHECK(bench.poller.harvest().triggers == Triggers{timeout});
}

TEMPLATE_TEST_CASE("N11 harvest() does not reconcile", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    static_cast<void>(bench.poller.prepare());
    bench.want(1, send);
    bench.world.resetCounts();
    bench.poller.harvest();
    CHECK(bench.world.changes() == 0);
    CHECK(bench.world.waits() == 1);
    CHECK(bench.poller.triggered().begin() == std::default_sentinel);
    CHECK(bench.only(1) == Triggers{send});
}

TEMPLATE_TEST_CASE("N11 a report of prepare() that is never harvested comes again", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    auto& channel = bench.attach(1, {polleros::invalidHandle, {}});
    static_cast<void>(bench.poller.prepare()); // makes the wake handle: it may not take the closed number
    bench.wait();
    channel.source().at = bench.world.closedHandle();
    channel.source().wanted = recv;
    CHECK(bench.poller.prepare() == Timeout::immediately());
    CHECK(bench.poller.prepare() == Timeout::immediately());
    CHECK(bench.only(1) == Triggers{err});
    CHECK(bench.poller.prepare() == Timeout::never());
}

TEMPLATE_TEST_CASE("N11 a poller nests in another poller", "[contract]", POLLEROS_REAL_SETTINGS) {
    NEEDS_NESTING
    Bench<TestType> bench;
    typename Bench<TestType>::Poller inner(bench.variant().options);
    World<TestType> world(inner.backend());
    const EndsPtr ends = world.ends();
    inner.attachChannel(ChannelNumber{1}, typename TestType::Source(ends->handle(), recv));
    bench.attach(7, {outerHandle(inner), notify});
    CHECK(bench.next().empty());
    ends->peerWrite(1);
    CHECK(bench.only(7) == Triggers{notify});
    CHECK(inner.waitTriggers(Timeout::immediately()).channels == 1);
    CHECK(bench.only(7) == Triggers{notify}); // level
    ends->readAll();
    if constexpr (TestType::isKqueue) { // what a kqueue has once found ready it counts until it looks again
        CHECK(inner.waitTriggers(Timeout::immediately()).timedOut);
    }
    CHECK(bench.next().empty());
    // Itself it cannot watch.
    CHECK(bench.refusal(8, outerHandle(bench.poller), recv) == Errc::unsupportedHandle);
}

} // namespace polleros_test
