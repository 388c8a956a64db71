// SPDX-License-Identifier: MIT
#include "faulty_net.hpp"
#include "net_support.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/fds.hpp"

#include <polleros/net/io.hpp>
#include <polleros/net/pair.hpp>

#include <csignal>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("what is sent is received, whatever kind of bytes it is", "[net]") {
    const auto [here, there] = socketPair();
    const std::vector<std::byte> bytes(3, std::byte{'b'});
    const std::vector<unsigned char> octets(2, 'o');
    const std::vector<char> chars(2, 'c');
    CHECK(send(here, "literal").bytes == 7);
    CHECK(send(here, std::string("string")).bytes == 6);
    CHECK(send(here, bytes).bytes == 3);
    CHECK(send(here, octets).bytes == 2);
    CHECK(send(here, std::span(chars)).bytes == 2);
    CHECK(send(here, std::span<const char>(chars)).bytes == 2);
    CHECK(send(here, {chars.data(), 1}).bytes == 1);
    char array[10];
    const IoResult first = recv(there, array);
    REQUIRE(first);
    CHECK(std::string_view(array, first.bytes) == "literalstr");
    std::string text(7, '?');
    CHECK(recv(there, text).bytes == 7);
    CHECK(text == "ingbbbo");
    std::vector<unsigned char> more(100);
    CHECK(recv(there, more).bytes == 6);
    std::vector<std::byte> none(100);
    CHECK(recv(there, none).wouldBlock());
}

TEST_CASE("nothing to receive would block, and is neither end nor error", "[net]") {
    const auto [here, there] = socketPair();
    char room[10];
    const IoResult result = recv(here, room);
    CHECK(result.wouldBlock());
    CHECK_FALSE(result);
    CHECK_FALSE(result.ended());
    CHECK_FALSE(result.failed());
    CHECK_FALSE(result.error);
    CHECK(result.bytes == 0);
}

TEST_CASE("a half-closed peer has ended after all its bytes, and still receives", "[net]") {
    const Connected pair = connectedTcp();
    REQUIRE(send(pair.client, "last words"));
    REQUIRE_FALSE(shutdownSend(pair.client));
    REQUIRE(becomes(pair.server, endOfStream));
    char room[100];
    CHECK(recv(pair.server, room).bytes == 10);
    CHECK(recv(pair.server, room).ended());
    CHECK(recv(pair.server, room).ended());
    CHECK(send(pair.server, "answer").bytes == 6);
    REQUIRE(becomes(pair.client, readable));
    CHECK(recv(pair.client, room).bytes == 6);
    const IoResult refused = send(pair.client, "more");
    CHECK(refused.failed());
    CHECK(refused.error == systemCode(std::errc::broken_pipe));
}

TEST_CASE("sending goes on until it would block, and again once there is room", "[net]") {
    const Connected pair = connectedTcp();
    REQUIRE_FALSE(sendBuffer(pair.client, 4096));
    REQUIRE_FALSE(receiveBuffer(pair.server, 4096));
    const std::string block(65'536, 'x');
    std::size_t sent = 0;
    IoResult last;
    while ((last = send(pair.client, block))) {
        sent += last.bytes;
    }
    CHECK(last.wouldBlock());
    CHECK(sent > 0);
    std::vector<char> room(65'536);
    std::size_t got = 0;
    while (got < sent) {
        REQUIRE(becomes(pair.server, readable));
        got += recv(pair.server, room).bytes;
    }
    CHECK(got == sent);
    REQUIRE(becomes(pair.client, writable));
    CHECK(send(pair.client, block));
}

TEST_CASE("no bytes are done without asking: they are no end", "[net]") {
    const Socket none;
    CHECK(send(none, ""));
    CHECK(recv(none, std::span<char>()));
    const auto [here, there] = socketPair();
    CHECK(recv(here, std::span<std::byte>()).bytes == 0);
}

TEST_CASE("what is not open fails with the system's code", "[net]") {
    const Socket none;
    char room[1];
    CHECK(send(none, "x").error == notOpen());
    CHECK(recv(none, room).error == notOpen());
    CHECK(recv(none, room).error.category() == std::system_category());
    CHECK(recv(none, room).failed());
}

TEST_CASE("a fresh TCP socket says that it is not connected", "[net]") {
    const Socket fresh = Socket::adopt(polleros::detail::NetCalls::open(AF_INET, SOCK_STREAM));
    char room[1];
    CHECK(recv(fresh, room).error == systemCode(std::errc::not_connected));
    CHECK(send(fresh, "x").failed()); // for a reason that is each system's own
}

TEST_CASE("a reset is reported once, and then it is the end", "[net]") {
    Connected pair = connectedTcp();
    REQUIRE_FALSE(abortOnClose(pair.client));
    REQUIRE_FALSE(pair.client.close());
    REQUIRE(becomes(pair.server, readable));
    char room[10];
    if (Kernel::readTellsReset) {
        const IoResult result = recv(pair.server, room);
        CHECK(result.failed());
        CHECK(result.error == systemCode(std::errc::connection_reset));
    }
    CHECK(recv(pair.server, room).ended());
}

TEST_CASE("an interrupted transfer is tried again, but not for ever", "[net]") {
    FaultyNet::reset();
    const auto [here, there] = socketPair();
    FaultyNet::script.send = {EINTR, EINTR};
    CHECK(polleros::detail::sendSome<FaultyNet>(here.nativeHandle(), "abc", 3).bytes == 3);
    FaultyNet::script.recv = {EINTR, EINTR, EINTR};
    char room[10];
    CHECK(polleros::detail::recvSome<FaultyNet>(there.nativeHandle(), room, 10).bytes == 3);
    FaultyNet::script.recv.assign(1000, EINTR);
    CHECK(polleros::detail::recvSome<FaultyNet>(there.nativeHandle(), room, 10).wouldBlock());
    CHECK(FaultyNet::script.recv.size() == 1000 - polleros::detail::mostTries);
    FaultyNet::script.send = {ENOBUFS};
    CHECK(polleros::detail::sendSome<FaultyNet>(here.nativeHandle(), "abc", 3).error ==
          systemCode(std::errc::no_buffer_space));
    FaultyNet::reset();
}

TEST_CASE("no single call is asked to move more than a system allows", "[net]") {
    std::size_t asked = 0;
    const auto call = [&](std::size_t most) {
        asked = most;
        return static_cast<std::ptrdiff_t>(most);
    };
    const IoResult result = polleros::detail::transfer(SIZE_MAX, false, call, [](int) { return false; });
    CHECK(asked == polleros::detail::mostBytes);
    CHECK(result.bytes == asked);
}
