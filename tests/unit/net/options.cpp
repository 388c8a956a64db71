// SPDX-License-Identifier: MIT
#include "net_support.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/options.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/net/pipe.hpp>

using namespace polleros_test;
using namespace polleros::net;

namespace {

int option(const Socket& socket, int level, int name) {
    int value = -1;
    CHECK(polleros::detail::NetCalls::getOption(socket.nativeHandle(), level, name, value) == 0);
    return value;
}

} // namespace

TEST_CASE("a socket knows both its endpoints", "[net]") {
    for (const Endpoint& where : {Endpoint::loopback4(0), Endpoint::loopback6(0)}) {
        const Connected pair = connectedTcp(where);
        CHECK(localEndpoint(pair.client) == remoteEndpoint(pair.server));
        CHECK(remoteEndpoint(pair.client) == localEndpoint(pair.server));
        CHECK(localEndpoint(pair.server).withPort(0) == where);
        CHECK(localEndpoint(pair.server).port() != 0);
    }
}

TEST_CASE("an unconnected socket has no remote endpoint, and a closed one none at all", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    std::error_code ec;
    CHECK(remoteEndpoint(listener, ec) == Endpoint{});
    CHECK(ec == systemCode(std::errc::not_connected));
    CHECK(localEndpoint(Socket(), ec) == Endpoint{});
    CHECK(ec == notOpen());
    CHECK_THROWS_AS(remoteEndpoint(listener), std::system_error);
    CHECK_THROWS_AS(localEndpoint(Socket()), std::system_error);
}

TEST_CASE("a pending error is taken once", "[net]") {
    const std::uint16_t port = deadPort();
    std::error_code ec;
    const ConnectResult made = connectTcp(Endpoint::loopback4(port), ec);
    if (ec) { // known at once
        CHECK(ec == systemCode(std::errc::connection_refused));
        return;
    }
    REQUIRE(becomes(made.socket, writable));
    CHECK(takeError(made.socket) == systemCode(std::errc::connection_refused));
    if (Kernel::forgetsTakenError) {
        CHECK_FALSE(takeError(made.socket));
    }
}

TEST_CASE("options are set", "[net]") {
    const Connected pair = connectedTcp();
    CHECK_FALSE(noDelay(pair.client));
    CHECK(option(pair.client, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK_FALSE(noDelay(pair.client, false));
    CHECK(option(pair.client, IPPROTO_TCP, TCP_NODELAY) == 0);
    CHECK_FALSE(sendBuffer(pair.client, 20'000));
    CHECK(option(pair.client, SOL_SOCKET, SO_SNDBUF) >= 20'000);
    CHECK(option(pair.client, SOL_SOCKET, SO_SNDBUF) <= 80'000);
    CHECK_FALSE(receiveBuffer(pair.client, 20'000));
    CHECK(option(pair.client, SOL_SOCKET, SO_RCVBUF) >= 20'000);
    CHECK(option(pair.client, SOL_SOCKET, SO_RCVBUF) <= 80'000);
}

TEST_CASE("an abortive close frees the port at once", "[net]") {
    Connected pair = connectedTcp();
    const Endpoint where = localEndpoint(pair.client);
    REQUIRE_FALSE(abortOnClose(pair.client));
    REQUIRE_FALSE(pair.client.close());
    REQUIRE(becomes(pair.server, readable));
    // Without SO_REUSEADDR: TIME_WAIT would be in the way.
    const Fd again = freshTcp();
    const polleros::detail::RawAddress address(where);
    CHECK(::bind(again.get(), address.data(), address.length()) == 0);
}

TEST_CASE("receiving can be shut down while sending goes on", "[net]") {
    const SocketPair pair = socketPair();
    REQUIRE_FALSE(shutdownRecv(pair.first));
    char room[10];
    const IoResult over = recv(pair.first, room);
    CHECK((over.ended() || over.error == systemCode(std::errc::broken_pipe))); // the latter is Winsock's alone
    CHECK(send(pair.first, "x").bytes == 1);
    CHECK(recv(pair.second, room).bytes == 1);
}
