// SPDX-License-Identifier: MIT
#include "faulty_net.hpp"
#include "net_support.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/tcp.hpp>

using namespace polleros_test;
using namespace polleros::net;

namespace {

// The algorithms over calls that fail as told; the script is clean again afterwards but for its counters.
Socket listenFaulty(const Endpoint& endpoint, std::error_code& ec) {
    return polleros::detail::listenTcp<FaultyNet>(endpoint, {16, false, true}, ec);
}
ConnectResult connectFaulty(const Endpoint& endpoint, std::error_code& ec) {
    return polleros::detail::connectTcp<FaultyNet>(endpoint, ec);
}

void bindTo(NativeHandle handle, const Endpoint& endpoint) {
    const polleros::detail::RawAddress address(endpoint);
    CHECK(polleros::detail::NetCalls::setOption(handle, SOL_SOCKET, SO_REUSEADDR, 1) == 0);
    CHECK(::bind(handle, address.data(), address.length()) == 0);
}

} // namespace

TEST_CASE("port 0 is one that the system picks, and can be connected to", "[net]") {
    for (const Endpoint& where : {Endpoint::loopback4(0), Endpoint::loopback6(0)}) {
        const Socket listener = listenTcp(where);
        const Endpoint found = localEndpoint(listener);
        CHECK(found.port() != 0);
        const ConnectResult made = connectTcp(found);
        CHECK(becomes(made.socket, writable));
        CHECK_FALSE(takeError(made.socket));
    }
}

TEST_CASE("a port that somebody listens on is in use", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    std::error_code ec;
    const Socket second = listenTcp(localEndpoint(listener), ec);
    CHECK_FALSE(second);
    CHECK(ec == systemCode(std::errc::address_in_use));
    CHECK(ec.category() == std::system_category());
    CHECK_THROWS_AS(listenTcp(localEndpoint(listener)), std::system_error);
}

TEST_CASE("a port in TIME_WAIT can be listened on again at once", "[net]") {
    Socket listener = listenTcp(Endpoint::loopback4(0));
    const Endpoint where = localEndpoint(listener);
    ConnectResult client = connectTcp(where);
    REQUIRE(becomes(listener, readable));
    AcceptResult server = accept(listener);
    REQUIRE(server);
    REQUIRE_FALSE(server.socket.close()); // the server closes first: TIME_WAIT is its
    REQUIRE(becomes(client.socket, readable));
    REQUIRE_FALSE(client.socket.close());
    REQUIRE_FALSE(listener.close());
    std::error_code ec;
    listener = listenTcp(where, ec);
    CHECK_FALSE(ec);
    CHECK(listener);
}

TEST_CASE("an IPv6 listener serves IPv4 only if it is told to", "[net]") {
    std::error_code ec;
    const Socket dual = listenTcp(Endpoint::any6(0), {.v6Only = false});
    const std::uint16_t port = localEndpoint(dual).port();
    const ConnectResult client = connectTcp(Endpoint::loopback4(port));
    REQUIRE(becomes(dual, readable));
    Endpoint peer;
    REQUIRE(accept(dual, peer));
    CHECK(peer.toString().rfind("[::ffff:127.0.0.1]:", 0) == 0);
    CHECK_FALSE(listenTcp(Endpoint::any4(port), ec));
    // On Windows who claims a port alone may be told that he has no right to it.
    CHECK((ec == systemCode(std::errc::address_in_use) || ec == systemCode(std::errc::permission_denied)));

    const Socket only = listenTcp(Endpoint::any6(0));
    int set = 0;
    polleros::detail::NetCalls::getOption(only.nativeHandle(), IPPROTO_IPV6, IPV6_V6ONLY, set);
    CHECK(set != 0);
}

TEST_CASE("what is no IP endpoint can be neither listened on nor connected to", "[net]") {
    for (const Endpoint& endpoint : {Endpoint{}, Endpoint::local("/tmp/x")}) {
        std::error_code ec;
        CHECK_FALSE(listenTcp(endpoint, ec));
        CHECK(ec == systemCode(std::errc::address_family_not_supported));
        CHECK_FALSE(connectTcp(endpoint, ec).socket);
        CHECK(ec == systemCode(std::errc::address_family_not_supported));
    }
    CHECK_THROWS_AS(connectTcp(Endpoint{}), std::system_error);
}

TEST_CASE("an address of another machine can't be listened on", "[net]") {
    std::error_code ec;
    CHECK_FALSE(listenTcp(Endpoint::parse("192.0.2.1:0"), ec)); // reserved for documentation
    CHECK(ec == systemCode(std::errc::address_not_available));
}

TEST_CASE("a code that was set before does not survive success", "[net]") {
    std::error_code ec = systemCode(EIO);
    const Socket listener = listenTcp(Endpoint::loopback4(0), ec);
    CHECK_FALSE(ec);
    ec = systemCode(EIO);
    CHECK(localEndpoint(listener, ec).port() != 0);
    CHECK_FALSE(ec);
    ec = systemCode(EIO);
    CHECK(connectTcp(localEndpoint(listener), ec).socket);
    CHECK_FALSE(ec);
}

TEST_CASE("every step of listening that fails is reported and unwound", "[net]") {
    const auto run = [](std::deque<int> FaultyNet::Script::* step, std::deque<int> codes) {
        FaultyNet::reset();
        FaultyNet::script.*step = std::move(codes);
        std::error_code ec;
        CHECK_FALSE(listenFaulty(Endpoint::loopback6(1), ec));
        FaultyNet::reset();
        return ec;
    };
    CHECK(run(&FaultyNet::Script::open, {ENFILE}) == systemCode(ENFILE));
    CHECK(run(&FaultyNet::Script::setOption, {EINVAL}) == systemCode(EINVAL));
    CHECK(run(&FaultyNet::Script::bind, {EACCES}) == systemCode(EACCES));
    CHECK(run(&FaultyNet::Script::bind, {EADDRINUSE}) == systemCode(EADDRINUSE)); // a port of the user's own: no retry
}

TEST_CASE("a picked port that was taken meanwhile is replaced by another, a bounded number of times", "[net]") {
    FaultyNet::reset();
    std::error_code ec;
    FaultyNet::script.bind = {EADDRINUSE};
    FaultyNet::script.listen = {EADDRINUSE, EADDRINUSE};
    CHECK(listenFaulty(Endpoint::loopback4(0), ec));
    CHECK_FALSE(ec);
    CHECK(FaultyNet::script.opened == 4);

    FaultyNet::reset();
    FaultyNet::script.bind.assign(1000, EADDRINUSE);
    CHECK_FALSE(listenFaulty(Endpoint::loopback4(0), ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
    CHECK(FaultyNet::script.opened == polleros::detail::mostTries);
    FaultyNet::reset();
}

TEST_CASE("connecting tries again with another local port, a bounded number of times", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const Endpoint where = localEndpoint(listener);
    std::error_code ec;
    FaultyNet::reset();
    FaultyNet::script.connect = {EADDRNOTAVAIL, EADDRINUSE};
    CHECK(connectFaulty(where, ec).socket);
    CHECK_FALSE(ec);
    CHECK(FaultyNet::script.connected == 3);

    FaultyNet::reset();
    FaultyNet::script.connect.assign(1000, EADDRNOTAVAIL);
    CHECK_FALSE(connectFaulty(where, ec).socket);
    CHECK(ec == systemCode(std::errc::address_not_available));
    CHECK(FaultyNet::script.connected == polleros::detail::mostTries);

    FaultyNet::reset();
    FaultyNet::script.connect = {ENETUNREACH};
    CHECK_FALSE(connectFaulty(where, ec).socket);
    CHECK(ec == systemCode(std::errc::network_unreachable));
    CHECK(FaultyNet::script.connected == 1);
    FaultyNet::reset();
}

TEST_CASE("a connection is never one with itself", "[net]") {
    const Endpoint nobody = Endpoint::loopback4(deadPort());
    FaultyNet::reset();
    // The client gets the very port it connects to; the third time another one.
    FaultyNet::script.beforeConnect = [&](NativeHandle handle) {
        if (FaultyNet::script.connected < 3) {
            bindTo(handle, nobody);
        }
    };
    std::error_code ec;
    const ConnectResult made = connectFaulty(nobody, ec);
    CHECK(FaultyNet::script.connected == 3);
    if (made.socket) {
        CHECK(localEndpoint(made.socket) != nobody);
        REQUIRE(becomes(made.socket, writable));
        CHECK(takeError(made.socket) == systemCode(std::errc::connection_refused));
    } else {
        CHECK(ec == systemCode(std::errc::connection_refused));
    }

    FaultyNet::script.beforeConnect = [&](NativeHandle handle) { bindTo(handle, nobody); };
    FaultyNet::script.connected = 0;
    CHECK_FALSE(connectFaulty(nobody, ec).socket);
    CHECK(ec == systemCode(std::errc::connection_refused));
    CHECK(FaultyNet::script.connected == polleros::detail::mostTries);
    FaultyNet::reset();
    // The server can start now: no attempt is left on its port.
    CHECK(listenTcp(nobody, ec));
}
