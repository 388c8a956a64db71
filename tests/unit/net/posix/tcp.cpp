// SPDX-License-Identifier: MIT
#include "unit/net/faulty_net.hpp"
#include "unit/net/net_support.hpp"

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("listeners share a port only if all say so", "[net]") {
    const Socket first = listenTcp(Endpoint::loopback4(0), {.reusePort = true});
    const Endpoint where = localEndpoint(first);
    std::error_code ec;
    CHECK(listenTcp(where, {.reusePort = true}, ec));
    CHECK_FALSE(ec);
    CHECK_FALSE(listenTcp(where, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
}

TEST_CASE("an interrupted connect is in progress", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    FaultyNet::reset();
    FaultyNet::script.connect = {EINTR};
    std::error_code ec;
    const ConnectResult made = polleros::detail::connectTcp<FaultyNet>(localEndpoint(listener), ec);
    CHECK_FALSE(ec);
    CHECK(made.socket);
    CHECK_FALSE(made.established);
    CHECK(FaultyNet::script.connected == 1);
    FaultyNet::reset();
}
