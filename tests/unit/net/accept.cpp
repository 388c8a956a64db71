// SPDX-License-Identifier: MIT
#include "accept_support.hpp"
#include "net_support.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/accept.hpp>

#include <optional>

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("accept tells that no client is waiting", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const AcceptResult result = accept(listener);
    CHECK(result.wouldBlock());
    CHECK_FALSE(result);
    CHECK_FALSE(result.error);
    CHECK_FALSE(result.socket);
}

TEST_CASE("accept takes one client and says where it is", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback6(0));
    const ConnectResult client = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(listener, readable));
    Endpoint peer = Endpoint::any4(1);
    const AcceptResult result = accept(listener, peer);
    REQUIRE(result);
    CHECK(peer == localEndpoint(client.socket));
    CHECK(peer == remoteEndpoint(result.socket));
    CHECK(accept(listener, peer).wouldBlock());
    CHECK(peer == localEndpoint(client.socket)); // unchanged
}

TEST_CASE("a client that has reset before it is accepted does no harm to the next", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    ConnectResult lost = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(lost.socket, writable));
    REQUIRE_FALSE(abortOnClose(lost.socket));
    REQUIRE_FALSE(lost.socket.close());
    const ConnectResult client = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(client.socket, writable));
    REQUIRE(becomes(listener, readable));
    std::optional<Endpoint> last;
    for (int tries = 0; tries < 3; ++tries) {
        Endpoint peer;
        if (const AcceptResult result = accept(listener, peer)) {
            last = peer;
        } else {
            INFO(result.error);
            CHECK((result.lost() || result.wouldBlock()));
        }
    }
    CHECK(last == localEndpoint(client.socket));
}

TEST_CASE("every shortage says: rest", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    for (const int code : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        INFO(code);
        CHECK(acceptAfter(listener, {code}).outOfResources());
    }
}

TEST_CASE("an interrupted accept is tried again, but not for ever", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const ConnectResult client = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(listener, readable));
    CHECK(acceptAfter(listener, std::deque<int>(1000, EINTR)).wouldBlock());
    CHECK(acceptAfter(listener, {EINTR, EINTR}));
}

TEST_CASE("a listener that can't accept has failed, and never says: try again", "[net]") {
    CHECK(accept(Socket()).failed());
    CHECK(accept(Socket()).error == notOpen());
    const Socket deaf = Socket::adopt(polleros::detail::NetCalls::open(AF_INET, SOCK_STREAM));
    CHECK(accept(deaf).failed());
    CHECK(accept(deaf).error == systemCode(std::errc::invalid_argument));
    // EOPNOTSUPP is here no error of a client's connection.
    const Socket datagrams = Socket::adopt(polleros::detail::NetCalls::open(AF_INET, SOCK_DGRAM));
    CHECK(accept(datagrams).failed());
    CHECK(accept(datagrams).error == systemCode(std::errc::operation_not_supported));
}
