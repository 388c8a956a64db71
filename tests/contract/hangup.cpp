// SPDX-License-Identifier: MIT
// The end of a stream: when it is `hangup`, when it is something to read, and when it is nothing.
#include "support/bench.hpp"

namespace polleros_test {

TEMPLATE_TEST_CASE("N6 data that nobody asked for never ends the wait of who asked for {hangup} alone",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    for (const Kind kind : {Kind::unixStream, Kind::tcp}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, hangup);
        ends->peerWrite(10);
        bench.checkQuiet(30ms);
        ends->peerHalfClose();
        if constexpr (!TestType::tellsEndBehindData) {
            ends->readAll();
        }
        for (int turn = 0; turn < 3; ++turn) {
            CHECK(bench.only(1, 5s) == Triggers{hangup});
        }
        bench.want(1, {});
        bench.checkQuiet(10ms);
    }
}

TEMPLATE_TEST_CASE("N6 a full close ends {hangup} too", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, hangup);
    CHECK(bench.next().empty());
    ends->peerClose();
    CHECK(bench.only(1, 5s) == Triggers{hangup});
}

TEMPLATE_TEST_CASE("N13 the end of the stream is something to read until nobody asks any more", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    for (const Kind kind : {Kind::unixStream, Kind::tcp}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, recv);
        ends->peerWrite(5);
        ends->peerHalfClose();
        CHECK(bench.only(1) == Triggers{recv});
        CHECK(ends->readAll().end);
        for (int turn = 0; turn < 5; ++turn) {
            CHECK(bench.only(1, 5s) == Triggers{recv});
        }
        bench.want(1, {});
        bench.checkQuiet(30ms);
        bench.want(1, recv);
        CHECK(bench.only(1) == Triggers{recv});
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        bench.checkQuiet(10ms);
    }
}

TEMPLATE_TEST_CASE("N19 half closed and full: there is nothing to send to", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    for (const Kind kind : {Kind::unixStream, Kind::tcp}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends(kind);
        ends->fill();
        ends->peerHalfClose();
        bench.attach(1, ends, recv | send);
        CHECK(bench.only(1) == Triggers{recv});
        bench.want(1, recv | send | hangup);
        CHECK(bench.only(1) == (recv | hangup));
        bench.want(1, send);
        bench.checkQuiet(10ms);
        CHECK(bench.poller.stats().staleEvents == 0); // not even inside
    }
}

TEMPLATE_TEST_CASE("N20 hangup is told to who asks for it, with what is unread, and to nobody else", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    for (const Kind kind : {Kind::unixStream, Kind::tcp}) {
        Bench<TestType> bench(Variants::few, 2);
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, recv);
        ends->peerWrite(7);
        ends->peerHalfClose();
        CHECK(bench.only(1) == Triggers{recv});
        bench.want(1, recv | hangup);
        CHECK((bench.only(1) | (TestType::tellsEndBehindData ? Triggers{} : Triggers{hangup})) == (recv | hangup));
        CHECK(ends->read(7).bytes == 7); // nothing was lost
        CHECK(bench.only(1) == (recv | hangup));
        bench.want(1, recv | send);
        CHECK(bench.only(1) == (recv | send)); // half a close is no error
        bench.want(1, send);
        CHECK(bench.only(1) == Triggers{send});
    }
}

TEMPLATE_TEST_CASE("N20 after a full hang-up every asked trigger is told, hangup only if asked", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few, 2);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | send);
    ends->peerClose();
    CHECK(bench.only(1) == (recv | send));
    // A kqueue that is asked for reading only tells the end of what can be read; elsewhere TCP's is half a hang-up.
    if constexpr (!TestType::real || (Kernel::hasLocalStreams && !TestType::isKqueue)) {
        bench.want(1, recv | priority);
        CHECK(bench.only(1) == (recv | priority));
    }
    bench.want(1, recv | hangup);
    CHECK(bench.only(1) == (recv | hangup));
}

} // namespace polleros_test
