// SPDX-License-Identifier: MIT
// X: handles closed, duplicated and come back behind the poller's back.
#include "support/bench.hpp"

namespace polleros_test {
namespace {

// A kernel that keys registrations by the open file drops those of a closed handle by itself.
template <class TheSetting>
constexpr bool dropsClosed = TheSetting::Mechanism::capabilities().has(polleros::Capability::tellsDuplicates);
TEMPLATE_TEST_CASE("X1 a deleted channel stays silent while a duplicate of its handle lives on", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    static_cast<void>(ends->duplicate());
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    ends->close();
    ends->peerHalfCloseUnseen();
    bench.checkQuiet(50ms);
    CHECK(bench.poller.stats().staleEvents == 0);
    CHECK(bench.poller.stats().rebuilds == 0);
}

TEMPLATE_TEST_CASE("X1 a handle closed too early, with a duplicate alive, is healed once and costs no CPU",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.attach(2, other, recv);
    bench.wait();
    static_cast<void>(ends->duplicate());
    ends->close(); // before it is deleted: the kernel keeps what nobody can name any more
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    ends->peerHalfCloseUnseen();
    bench.checkQuiet(50ms);
    bench.checkQuiet(50ms);
    CHECK(bench.poller.stats().rebuilds <= 1);
    other->peerWrite(1);
    CHECK(bench.only(2, 1s) == Triggers{recv});
}

TEMPLATE_TEST_CASE("X2 a handle that comes back by dup2 under its old number is attached again", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    for (const bool closedFirst : {false, true}) {
        CAPTURE(closedFirst);
        const EndsPtr ends = bench.world.ends();
        const auto number = bench.world.spareNumber();
        ends->renumber(number);
        const polleros::SeqN first = bench.attach(1, ends, recv).seqN();
        bench.wait();
        // closedFirst: the kernel still holds the registration when the same file comes back to the same number.
        if (!closedFirst) {
            CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        }
        ends->renumber(bench.world.spareNumber());
        if (closedFirst) {
            CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        }
        ends->renumber(number);
        auto& again = bench.attach(2, ends, recv);
        CHECK(again.seqN() > first);
        ends->peerWrite(1);
        CHECK(bench.only(2) == Triggers{recv});
        CHECK(bench.world.registered().value_or(1) == 1);
        CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
        CHECK(bench.next().empty());
        CHECK(bench.world.registered().value_or(0) == 0);
    }
}

TEMPLATE_TEST_CASE("X3 a handle closed while it is watched is told once, then there is silence", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (dropsClosed<TestType>) {
        GATE(TestType::name(), "this kernel forgets a closed handle without a word");
    } else {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        const EndsPtr other = bench.world.ends();
        bench.attach(1, ends, recv);
        bench.attach(2, other, recv);
        bench.wait();
        ends->close();
        const std::vector<Report> reports = bench.next(50ms);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].number == 1);
        CHECK(reports[0].act.has(err));
        CHECK(reports[0].error == Errc::badHandle);
        bench.checkQuiet(100ms);
        other->peerWrite(1);
        CHECK(bench.only(2) == Triggers{recv});
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("X4 a handle closed while it is watched is forgotten, and its channel can be deleted",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    if constexpr (!dropsClosed<TestType>) {
        GATE(TestType::name(), "this kernel tells of a closed handle: X3");
    } else {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        bench.attach(1, ends, recv);
        bench.wait();
        ends->peerWrite(1);
        ends->close();
        bench.checkQuiet(50ms);
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        CHECK(bench.poller.size() == 0);
        bench.checkQuiet(20ms);
    }
}

TEMPLATE_TEST_CASE("X4 a change for a handle that was closed is that channel's error, once", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.attach(2, other, recv);
    bench.wait();
    ends->close();
    bench.want(1, recv | send);
    const std::vector<Report> reports = bench.next(1s);
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].number == 1);
    CHECK(reports[0].act.has(err));
    CHECK(reports[0].error == Errc::badHandle);
    bench.checkQuiet(50ms);
    other->peerWrite(1);
    CHECK(bench.only(2) == Triggers{recv});
}

TEMPLATE_TEST_CASE("X4 what a duplicate of a closed handle says is not told to the channel that has lost it",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    static_cast<void>(ends->duplicate());
    ends->close();
    bench.want(1, recv | send); // cannot be done any more: what was registered stays where it is
    CHECK(bench.only(1, 1s).has(err));
    CHECK(bench.channel(1).error() == Errc::badHandle);
    ends->peerHalfCloseUnseen();
    bench.checkQuiet(50ms);
    bench.checkQuiet(50ms);
    CHECK(bench.poller.stats().rebuilds <= 1);
}

TEMPLATE_TEST_CASE("X5 a number closed without a word and opened again is attached under a new sequence number",
                   "[contract][exact]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr first = bench.world.ends();
    const EndsPtr second = bench.world.ends();
    const auto number = bench.world.spareNumber();
    first->renumber(number);
    const polleros::SeqN before = bench.attach(1, first, recv).seqN();
    bench.wait();
    first->close();
    if constexpr (!dropsClosed<TestType>) {
        CHECK(bench.only(1) == Triggers{err}); // a wait must have met the dead owner
    }
    second->renumber(number);
    auto& fresh = bench.attach(2, second, recv);
    CHECK(fresh.seqN() > before);

    // The old channel learns of it once, and from then on touches the number no more, whatever happens to it.
    const auto told = bench.sweep();
    CHECK((told.empty() || told == Told{{1, err}}));
    CHECK(bench.channel(1).error() == Errc::badHandle);
    second->peerWrite(1);
    CHECK(bench.only(2) == Triggers{recv});
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    CHECK(bench.only(2) == Triggers{recv});
}

} // namespace
} // namespace polleros_test
