// SPDX-License-Identifier: MIT
#include "unit/net/accept_support.hpp"
#include "unit/net/net_support.hpp"

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("a client lost for want of a network says: try again", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const AcceptResult result = acceptAfter(listener, {ENONET});
    CHECK(result.lost());
    CHECK(result.error == systemCode(ENONET));
}
