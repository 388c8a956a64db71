// SPDX-License-Identifier: MIT
// What a backend says that it can, it can; what it says that it cannot, it does not pretend to.
#include "support/bench.hpp"

#include <algorithm>

namespace polleros_test {

using polleros::Capability;
using polleros::InterestFlag;
using polleros::Occupied;
using polleros::SeqN;
using polleros::When;

namespace {

template <class TestType>
constexpr bool can(Capability capability) {
    return TestType::Mechanism::capabilities().has(capability);
}

// Of a channel that no poller has.
constexpr SeqN lent = polleros::detail::makeSeqN(1, 0);
constexpr SeqN lentAgain = polleros::detail::makeSeqN(2, 1);

// How many entries a wait brought for this one.
template <class B>
std::size_t entries(B& backend, SeqN seqN) {
    std::error_code ec;
    std::size_t found = 0;
    const std::size_t count = backend.wait(Timeout::immediately(), ec);
    CHECK_FALSE(ec);
    for (std::size_t index = 0; index < count; ++index) {
        found += backend.ready(index).seqN == seqN ? 1U : 0U;
    }
    return found;
}

} // namespace

TEMPLATE_TEST_CASE("capability hangupOnly: {hangup} alone tells a half-close, or else a full close only", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    bench.attach(1, ends, hangup);
    ends->peerHalfClose();
    if (can<TestType>(Capability::hangupOnly)) {
        CHECK(bench.only(1, 5s) == Triggers{hangup});
    } else {
        // That some system tells one all the same (Windows does) is no promise, and does no harm.
        const Triggers told = bench.only(1, 20ms);
        CHECK((told.empty() || told == Triggers{hangup}));
    }
}

TEMPLATE_TEST_CASE("capability priority: urgent data can be asked for, or asking is refused", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    if (can<TestType>(Capability::priority)) {
        bench.attach(1, ends, priority);
        CHECK(bench.next().empty());
        ends->peerUrgent();
        CHECK(bench.only(1, 5s) == Triggers{priority});
        return;
    }
    CHECK(bench.refusal(1, ends->handle(), recv | priority) == Errc::unsupportedTrigger);
    bench.attach(2, ends, recv);
    bench.want(2, recv | priority);
    const auto reports = bench.next();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].error == Errc::unsupportedTrigger);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("capability subMillisecond: a short wait is one, or is rounded up", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    auto shortest = std::chrono::nanoseconds::max();
    for (int turn = 0; turn < 200; ++turn) {
        const auto before = bench.poller.now();
        CHECK(bench.wait(100us).timedOut);
        shortest = std::min<std::chrono::nanoseconds>(shortest, bench.poller.now() - before);
    }
    CHECK(shortest >= 100us);
    // The best of many: a busy machine makes waits longer, never shorter.
    const bool tooOld = TestType::isEpoll && !Kernel::hasPwait2();
    CHECK((shortest < 1ms) == (can<TestType>(Capability::subMillisecond) && !tooOld));
}

TEMPLATE_TEST_CASE("capability batchesChanges: a change travels with the wait, or is made at once", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const EndsPtr ends = bench.world.ends();
    ends->peerWrite(1);
    bench.world.resetCounts();
    auto& backend = bench.poller.backend();
    REQUIRE_FALSE(backend.add(ends->handle(), lent, InterestFlag::read, Occupied::refuse, When::byNextWait));
    constexpr bool batches = can<TestType>(Capability::batchesChanges);
    CHECK(requires(std::error_code ec) { backend.submit(ec); } == batches);
    CHECK(requires { backend.submit(lent); } == batches);
    if constexpr (batches) {
        CHECK(bench.world.changes() == 0);
    }
    CHECK(entries(backend, lent) == 1);
    backend.remove(ends->handle(), lent, InterestFlag::read, When::now);
    CHECK(entries(backend, lent) == 0);
}

TEMPLATE_TEST_CASE("capability tellsDuplicates: who lives at a handle is known, or cannot be told", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const EndsPtr ends = bench.world.ends();
    auto& backend = bench.poller.backend();
    REQUIRE_FALSE(backend.add(ends->handle(), lent, InterestFlag::read, Occupied::refuse, When::now));
    if constexpr (can<TestType>(Capability::tellsDuplicates)) {
        CHECK(backend.add(ends->handle(), lentAgain, InterestFlag::read, Occupied::refuse, When::now) ==
              Errc::alreadyAttached);
        ends->peerWrite(1);
        CHECK(entries(backend, lent) == 1); // still the first one's
    } else {
        // The poller never asks such a backend: it answers for its own channels, see "L3".
        bench.attach(1, bench.world.ends(), recv);
        SUCCEED();
    }
    backend.remove(ends->handle(), lent, InterestFlag::read, When::now);
}

TEMPLATE_TEST_CASE("capability edge: a change is told once, a state again and again", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const EndsPtr ends = bench.world.ends();
    ends->peerWrite(1);
    auto& backend = bench.poller.backend();
    const bool edges = can<TestType>(Capability::edge);
    const polleros::Interest interest =
        edges ? InterestFlag::read | InterestFlag::edge : polleros::Interest(InterestFlag::read);
    REQUIRE_FALSE(backend.add(ends->handle(), lent, interest, Occupied::refuse, When::now));
    CHECK(entries(backend, lent) == 1);
    CHECK(entries(backend, lent) == (edges ? 0U : 1U));
    ends->peerWrite(1);
    CHECK(entries(backend, lent) == 1);
    backend.remove(ends->handle(), lent, interest, When::now);
}

TEMPLATE_TEST_CASE("capability anyHandle: the kernel judges what is neither socket nor pipe", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    if constexpr (!can<TestType>(Capability::anyHandle)) {
        GATE(bench.name(), "the kernel does not judge handles here");
    } else {
        const EndsPtr ends = bench.world.ends(Kind::notifier);
        bench.attach(1, ends, notify);
        ends->peerWrite(1);
        CHECK(bench.only(1) == Triggers{notify});
    }
}

TEMPLATE_TEST_CASE("capability nests: the poller's own handle can be waited for, or there is none", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    if constexpr (can<TestType>(Capability::nests)) {
        Bench<TestType> outer(Variants::one);
        const EndsPtr ends = bench.world.ends();
        bench.attach(1, ends, recv);
        CHECK(bench.poller.prepare() == Timeout::never());
        outer.attach(2, {bench.poller.nativeHandle(), notify});
        CHECK(outer.next().empty());
        ends->peerWrite(1);
        CHECK(outer.only(2, 5s) == Triggers{notify});
        CHECK(bench.poller.harvest().channels == 1);
        CHECK(outer.poller.deleteChannel(ChannelNumber{2}));
    } else {
        CHECK(TestType::Mechanism::name() != "epoll");
        CHECK(TestType::Mechanism::name() != "kqueue");
    }
}

} // namespace polleros_test
