// SPDX-License-Identifier: MIT
// R: what the kernel says of a handle is what its channel is told, no more and no less.
#include "support/bench.hpp"

#include <cerrno>

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("R1 data from the peer is reported as exactly recv", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    for (const Kind kind : bench.world.kinds({Kind::unixStream, Kind::tcp, Kind::pipeReader, Kind::udp})) {
        CAPTURE(static_cast<int>(kind));
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, recv);
        CHECK(bench.next().empty());
        ends->peerWrite(1);
        CHECK(bench.only(1, 1s) == Triggers{recv});
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("R2 an idle stream that wants to send may", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    for (const Kind kind : bench.world.kinds({Kind::unixStream, Kind::tcp, Kind::pipeWriter, Kind::udp})) {
        CAPTURE(static_cast<int>(kind));
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, send);
        CHECK(bench.only(1, 1s) == Triggers{send});
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("R3 a full send buffer is reported only when the peer has drained it", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    for (const Kind kind : bench.world.kinds({Kind::unixStream, Kind::tcp, Kind::pipeWriter})) {
        CAPTURE(static_cast<int>(kind));
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, send);
        CHECK(ends->fill() > 0);
        CHECK(bench.next().empty());
        ends->peerDrain();
        CHECK(bench.only(1, 1s) == Triggers{send});
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("R4 a listener is reported while connections are pending", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr listener = bench.world.ends(Kind::listener);
    bench.attach(1, listener, accept);
    CHECK(bench.next().empty());
    listener->peerWrite(2);
    CHECK(bench.only(1, 1s) == Triggers{accept});
    CHECK(listener->read(1).bytes == 1);
    CHECK(bench.only(1, 1s) == Triggers{accept});
    CHECK(listener->read(1).bytes == 1);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R5 a connect that succeeds is reported as exactly connect", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::connecting);
    bench.attach(1, ends, connect);
    CHECK(bench.only(1, 3s) == Triggers{connect});
    CHECK(ends->takeError() == 0);
}

TEMPLATE_TEST_CASE("R6 a refused connect is reported as connect and err", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::refused);
    auto& channel = bench.attach(1, ends, connect);
    CHECK(bench.only(1, 5s) == (connect | err)); // Windows takes two
    CHECK_FALSE(channel.error());                // the connection's own error, not the library's
    CHECK(ends->takeError() == TestType::code(ECONNREFUSED));
}

TEMPLATE_TEST_CASE("R7 a fresh socket never makes waits that return at once with nothing to report", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr fresh = bench.world.ends(Kind::fresh);
    bench.attach(1, fresh, recv);
    for (int turn = 0; turn < 3; ++turn) {
        const polleros::WaitResult result = bench.wait(20ms);
        REQUIRE((result.channels == 1 || result.timedOut));
        CHECK((result.channels == 0 || result.triggers == Triggers{recv}));
    }
}

TEMPLATE_TEST_CASE("R8 an unread byte is reported by every wait", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1);
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(bench.only(1, 1s) == Triggers{recv});
    }
    CHECK(ends->readAll().bytes == 1);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R9 reading half keeps recv coming", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1000);
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(ends->read(500).bytes == 500);
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(ends->read(500).bytes == 500);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R10 an orderly end hides no unread data and is no error", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    for (const Kind kind : {Kind::unixStream, Kind::tcp}) {
        CAPTURE(static_cast<int>(kind));
        const EndsPtr ends = bench.world.ends(kind);
        bench.attach(1, ends, recv);
        ends->peerWrite(65536);
        ends->peerHalfClose();
        std::size_t bytes = 0;
        for (bool end = false; !end && bytes <= 65536;) {
            REQUIRE(bench.only(1, 1s) == Triggers{recv});
            const ReadResult part = ends->read(10'000);
            REQUIRE(part.error == 0);
            bytes += part.bytes;
            end = part.end;
        }
        CHECK(bytes == 65536);
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("R11 a reset is reported to whoever waits to read, and read tells it", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    auto& channel = bench.attach(1, ends, recv);
    ends->peerWrite(10);
    ends->peerReset();
    CHECK(bench.only(1, 1s) == (recv | err));
    CHECK_FALSE(channel.error());
    const ReadResult read = ends->readAll();
    if constexpr (TestType::real && !Kernel::readTellsReset) {
        CHECK((read.end || read.error == TestType::code(ECONNRESET)));
        CHECK(bench.only(1, 1s).has(recv));
    } else {
        CHECK(read.error == TestType::code(ECONNRESET));
        // The error is taken; what is left is the end of the stream, for as long as somebody asks.
        CHECK(bench.only(1, 1s) == Triggers{recv});
    }
}

TEMPLATE_TEST_CASE("R12 a full pipe without a reader is reported to whoever waits to send", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::pipeWriter);
    bench.attach(1, ends, send);
    ends->fill();
    CHECK(bench.next().empty());
    ends->peerClose();
    // A kqueue tells the end of a pipe, and no error with it.
    CHECK(bench.only(1, 1s) == (TestType::isKqueue ? Triggers{send} : send | err));
}

TEMPLATE_TEST_CASE("R13 a drained pipe without a writer is reported to whoever waits to read", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::pipeReader);
    bench.attach(1, ends, recv);
    ends->peerWrite(5);
    ends->peerClose();
    CHECK(bench.only(1, 1s) == Triggers{recv});
    CHECK(ends->read(5).bytes == 5);
    // Linux says hang-up and nothing else now.
    CHECK(bench.only(1, 1s) == Triggers{recv});
    CHECK(ends->readAll().end);
}

TEMPLATE_TEST_CASE("R14 a datagram that nobody received is an error once, then quiet", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (TestType::real && !Kernel::tellsNobodyListens) {
        GATE(TestType::name(), "the system does not tell a datagram's sender that nobody listens, until it reads");
    }
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::udpToNobody);
    auto& channel = bench.attach(1, ends, recv);
    CHECK(bench.next().empty());
    ends->peerReset();
    // A kqueue tells errors with the end of a stream only. That there is something to be learned by reading it does.
    CHECK(bench.only(1, 1s) == (TestType::isKqueue ? Triggers{recv} : recv | err));
    CHECK_FALSE(channel.error());
    CHECK(ends->takeError() == TestType::code(ECONNREFUSED));
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R15 a handle that is readable and writable is reported once per wait with both", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::all, 2);
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    bench.attach(1, ends, recv | send);
    CHECK(bench.only(1) == Triggers{send});
    ends->peerWrite(1);
    const std::vector<Report> reports = bench.next();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].act == (recv | send));
    CHECK(bench.sweep() == Told{{1, recv | send}});
}

TEMPLATE_TEST_CASE("R15 where a wait has no room for both, they come in two", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | send);
    ends->peerWrite(1);
    for (int turn = 0; turn < 3; ++turn) {
        CHECK((bench.only(1) | bench.only(1)) == (recv | send));
    }
}

TEMPLATE_TEST_CASE("R17 urgent data ends the wait of those who asked for it, and of nobody else", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (!TestType::Mechanism::capabilities().has(polleros::Capability::priority)) {
        GATE(TestType::name(), "the backend cannot watch for urgent data, and says so");
    }
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends(Kind::tcp);
    bench.attach(1, ends, recv);
    ends->peerUrgent();
    // A bit that is armed and maps to nothing would make every wait return at once.
    bench.checkQuiet(50ms);
    bench.want(1, recv | priority);
    CHECK(bench.only(1, 1s) == Triggers{priority});
}

} // namespace
} // namespace polleros_test
