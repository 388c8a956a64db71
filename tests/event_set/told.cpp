// SPDX-License-Identifier: MIT
// E1: what is told of a handle, and how often.
#include "set.hpp"

namespace polleros_test {

TEMPLATE_TEST_CASE("E1 flags have the same values everywhere", "[event_set]", POLLEROS_REAL_BACKENDS) {
    STATIC_REQUIRE(Events(read).bits() == 0x01);
    STATIC_REQUIRE(Events(write).bits() == 0x02);
    STATIC_REQUIRE(Events(polleros::EventFlag::error).bits() == 0x04);
    STATIC_REQUIRE(Events(hangup).bits() == 0x08);
    STATIC_REQUIRE(Events(priority).bits() == 0x10);
}

TEMPLATE_TEST_CASE("E1 what is asked is told, all of a handle in one event, for as long as it lasts", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), read | write, 1));
    CHECK(set.something() == told({{1, write}}));
    writeBytes(pair.peer.get(), 1);
    while (set.something() != told({{1, read | write}})) {
    }
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(set.something() == told({{1, read | write}}));
    }
    CHECK(set.batch()[0].handle == pair.ours.get());
    readAll(pair.ours.get());
    CHECK(set.something() == told({{1, write}}));
}

TEMPLATE_TEST_CASE("E1 what is not asked is not told", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), {}, 1));
    writeBytes(pair.peer.get(), 1);
    CHECK(set.next(20ms).empty());
    REQUIRE_FALSE(set.modify(pair.ours.get(), read));
    CHECK(set.something() == told({{1, read}}));
}

TEMPLATE_TEST_CASE("E1 the end is told once, when nothing is left to read before it", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1));
    writeBytes(pair.peer.get(), 100);
    halfClose(pair.peer.get());
    static_cast<void>(pollFor(pair.ours.get(), endOfStream, 5000));
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(set.something() == told({{1, read}}));
    }
    readAll(pair.ours.get());
    ToldEvents last = set.something();
    if (!TestType::tellsEndBehindData && last == told({{1, read}})) {
        last = told({{1, read | hangup}}); // a backend that tells only a full close
    }
    CHECK(last == told({{1, read | hangup}}));
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(set.something() == told({{1, read}}));
    }
}

TEMPLATE_TEST_CASE("E1 the end is told to who asks for nothing, once, and then ends no wait", "[event_set][sleeps]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), {}, 1));
    pair.peer.close();
    CHECK(set.something() == told({{1, hangup}}));
    CHECK(set.next(30ms).empty());
    REQUIRE_FALSE(set.modify(pair.ours.get(), {}));
    CHECK(set.something() == told({{1, hangup}}));
    CHECK(set.next(30ms).empty());
}

TEMPLATE_TEST_CASE("E1 half closed and full: the end is told once, and ends no wait after it", "[event_set][sleeps]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    fillSend(pair.ours.get());
    REQUIRE_FALSE(set.add(pair.ours.get(), write, 1));
    halfClose(pair.peer.get());
    const ToldEvents first = set.next(TestType::tellsEndBehindData ? Timeout(5s) : Timeout(200ms));
    CHECK((first == told({{1, hangup}}) || (!TestType::tellsEndBehindData && first.empty())));
    const auto before = TestCalls::counts();
    CHECK(set.next(50ms).empty());
    CHECK((TestCalls::counts() - before).waits() <= 20); // where there is no other way it is looked for every 10 ms
}

TEMPLATE_TEST_CASE("E1 a reset is an error, whatever is asked", "[event_set]", POLLEROS_REAL_BACKENDS) {
    for (const Events asked : {Events(), Events(read), Events(write), read | write}) {
        Set<TestType> set;
        FdPair pair = makePair(PairKind::tcp);
        fillSend(pair.ours.get());
        REQUIRE_FALSE(set.add(pair.ours.get(), asked, 1));
        closeWithReset(pair.peer);
        const ToldEvents got = set.something();
        REQUIRE(got.size() == 1);
        const Events events = Events::fromBits(static_cast<Events::Bits>(got.at(1)));
        CHECK(events.has(polleros::EventFlag::error | hangup));
        CHECK((events - asked - polleros::EventFlag::error - hangup).empty());
    }
}

TEMPLATE_TEST_CASE("E1 why there is an error is left for its owner to read", "[event_set]", POLLEROS_REAL_BACKENDS) {
    if (!Kernel::readTellsReset) {
        GATE(TestType::name(), "a reset is read as the end");
    }
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1));
    closeWithReset(pair.peer);
    CHECK((set.something().at(1) & Events(polleros::EventFlag::error).bits()) != 0);
    CHECK(readAll(pair.ours.get()).error == nativeCode(ECONNRESET));
}

TEMPLATE_TEST_CASE("E1 urgent data is told where the backend can, and else refused", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    const std::error_code ec = set.add(pair.ours.get(), priority, 1);
    if (!can<TestType>(Capability::priority)) {
        CHECK(ec == Errc::unsupportedTrigger);
        return;
    }
    REQUIRE_FALSE(ec);
    sendUrgent(pair.peer.get());
    CHECK(set.something() == told({{1, priority}}));
}

TEMPLATE_TEST_CASE("E1 a connect that ends, well or badly", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const TcpListener listener = listenTcp();
    REQUIRE_FALSE(set.add(listener.fd.get(), read, 1));
    const Fd good = connectTcp(listener.port);
    REQUIRE_FALSE(set.add(good.get(), write, 2));
    while (!set.something().contains(2)) {
    }
    const Fd bad = connectTcp(deadPort());
    if (const std::error_code ec = set.add(bad.get(), write, 3); !ec) {
        ToldEvents got;
        while (!got.contains(3)) {
            got = set.something();
        }
        CHECK((got[3] & Events(polleros::EventFlag::error).bits()) != 0);
    }
}

} // namespace polleros_test
