// SPDX-License-Identifier: MIT
// I: what a source wants is what the kernel is asked for, and all it is told.
#include "support/bench.hpp"

#include <algorithm>

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("I1 who wants nothing is told nothing, not even of a hang-up", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr closed = bench.world.ends();
    const EndsPtr reset = bench.world.ends(Kind::tcp);
    bench.attach(1, closed, {});
    bench.attach(2, reset, recv);
    CHECK(bench.next().empty());
    bench.want(2, {}); // given up after it was registered
    CHECK(bench.next().empty());
    CHECK(bench.world.registered().value_or(0) == 0);
    closed->peerClose();
    reset->peerReset();
    bench.checkQuiet(100ms);
    // Quiet because nothing came, not because what came was thrown away.
    CHECK(bench.poller.stats().staleEvents == 0);
    CHECK(bench.poller.stats().fruitlessWaits == 0);
    CHECK(bench.poller.stats().rebuilds == 0);
}

TEMPLATE_TEST_CASE("I2 an intent that is restored sees what happened meanwhile", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, {});
    ends->peerClose();
    CHECK(bench.next().empty());
    bench.want(1, recv);
    CHECK(bench.only(1, 1s) == Triggers{recv});
    bench.want(1, {});
    CHECK(bench.next().empty());
    bench.want(1, recv | hangup);
    CHECK(bench.only(1, 1s) == (recv | hangup));
}

TEMPLATE_TEST_CASE("I3 nothing is told that was not asked for", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1); // and it can be written to all along
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(bench.only(1) == Triggers{recv});
    }
    for (const polleros::Trigger one : {send, connect, recv, accept, notify}) {
        bench.want(1, one);
        CHECK(bench.only(1) == Triggers{one});
    }
}

TEMPLATE_TEST_CASE("I4 another intent is in force from the next wait on, by one change", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
    bench.world.resetCounts();
    bench.want(1, send);
    CHECK(bench.only(1) == Triggers{send});
    ends->fill();
    CHECK(bench.next().empty()); // the unread byte is of no interest any more
    bench.want(1, recv);
    CHECK(bench.only(1) == Triggers{recv});
    if constexpr (TestType::isKqueue) { // one filter for another, in the call that waits
        CHECK(bench.world.adds() == 2);
        CHECK(bench.world.removes() == 2);
        CHECK(bench.world.counts()[Call::keventChange] == (bench.maxEvents() == 1 ? 2U : 0U));
        return;
    }
    // Never a remove and an add between interests that are not empty.
    CHECK(bench.world.adds() == 0);
    CHECK(bench.world.removes() == 0);
    if constexpr (TestType::callsToChange) {
        CHECK(bench.world.modifies() == 2);
    }
}

TEMPLATE_TEST_CASE("I4 changes that cancel out, or mean the same to the kernel, cost nothing", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    bench.world.resetCounts();
    bench.want(1, send);
    bench.want(1, {});
    bench.want(1, recv);
    bench.wait();
    bench.want(1, recv | work); // for the library only
    bench.wait();
    bench.want(1, accept); // the kernel knows one kind of readable
    bench.wait();
    CHECK(bench.world.changes() == 0);
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{accept});
}

TEMPLATE_TEST_CASE("I5 an unchanged intent costs no control call", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ready = bench.world.ends();
    const EndsPtr idle = bench.world.ends();
    const EndsPtr silent = bench.world.ends();
    bench.attach(1, ready, recv | send);
    bench.attach(2, idle, recv);
    bench.attach(3, silent, {});
    ready->peerWrite(1);
    bench.wait();
    bench.world.resetCounts();
    for (int turn = 0; turn < 100; ++turn) {
        bench.wait();
        for (auto& channel : bench.poller.triggered()) {
            channel.source().wanted = channel.source().wanted; // looked at, and found to be the same
        }
    }
    CHECK(bench.world.changes() == 0);
    CHECK(bench.world.waits() == 100);
}

TEMPLATE_TEST_CASE("I6 a handler that takes another channel's intent away takes its report away", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv);
    bench.attach(2, other, recv);
    one->peerWrite(1);
    other->peerWrite(1);
    CHECK(bench.wait().channels == std::min<std::size_t>(bench.maxEvents(), 2));
    std::vector<std::uint64_t> reached;
    for (auto& channel : bench.poller.triggered()) {
        const auto number = static_cast<std::uint64_t>(channel.number());
        reached.push_back(number);
        bench.want(3 - number, {});
    }
    REQUIRE(reached.size() == 1);
    CHECK(bench.sweep() == Told{{reached[0], recv}});
}

TEMPLATE_TEST_CASE("I6 a handler that narrows another channel's intent narrows its report", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::all, 4);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv | send);
    bench.attach(2, other, recv | send);
    one->peerWrite(1);
    other->peerWrite(1);
    bench.wait();
    bool first = true;
    for (auto& channel : bench.poller.triggered()) {
        CHECK(channel.act() == (first ? recv | send : Triggers{recv}));
        bench.want(3 - static_cast<std::uint64_t>(channel.number()), recv);
        first = false;
    }
}

TEMPLATE_TEST_CASE("I7 work is reported at once, and what the kernel says comes with it", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr worker = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, worker, work | recv);
    bench.attach(2, other, recv);
    const auto before = bench.poller.now();
    CHECK(bench.only(1, 10s) == Triggers{work});
    CHECK(bench.poller.now() - before < 10s);

    worker->peerWrite(1);
    CHECK(bench.wait(Timeout::never()).channels == 1); // one, whatever there is to tell of it
    CHECK(bench.only(1, Timeout::never()) == (work | recv));
    worker->readAll();
    other->peerWrite(1);
    CHECK(bench.sweep() == Told{{1, work}, {2, recv}});
    other->readAll();
    bench.want(1, recv);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("I7 without work left the wait blocks again", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    bench.attach(1, {polleros::invalidHandle, work});
    CHECK(bench.only(1, 10s) == Triggers{work});
    bench.want(1, {});
    bench.checkQuiet(50ms);
}

TEMPLATE_TEST_CASE("I8 a source that throws is one channel's error and nobody else's", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (TestType::locality != Locality::scanned) {
        GATE(TestType::name(), "a source with a local intent is noexcept: it cannot throw");
    } else {
        Bench<TestType> bench;
        const EndsPtr thrower = bench.world.ends();
        const EndsPtr other = bench.world.ends();
        bench.attach(1, thrower, recv);
        bench.attach(2, other, recv);
        bench.wait();
        bench.channel(1).source().throws = true;
        other->peerWrite(1);
        thrower->peerWrite(1);
        const auto told = bench.sweep();
        CHECK(told == Told{{1, err}, {2, recv}});
        CHECK(bench.channel(1).error() == Errc::sourceThrew);
        CHECK_FALSE(bench.channel(2).error());
        CHECK(bench.sweep() == Told{{2, recv}}); // told once

        bench.channel(1).source().throws = false;
        CHECK(bench.sweep() == Told{{1, recv}, {2, recv}});
        CHECK_FALSE(bench.channel(1).error());
    }
}

TEMPLATE_TEST_CASE("I8 a source that throws when it is attached is refused", "[contract]", POLLEROS_TEST_SETTINGS) {
    if constexpr (TestType::locality != Locality::scanned) {
        GATE(TestType::name(), "a source with a local intent is noexcept: it cannot throw");
    } else {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        typename TestType::Source source(ends->handle(), recv);
        source.throws = true;
        std::error_code ec;
        CHECK(bench.poller.attachChannel(ChannelNumber{1}, std::move(source), ec) == nullptr);
        CHECK(ec == Errc::sourceThrew);
        CHECK(bench.poller.size() == 0);
        CHECK(bench.world.registered().value_or(0) == 0);
        bench.attach(1, ends, recv);
    }
}

} // namespace
} // namespace polleros_test
