// SPDX-License-Identifier: MIT
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
