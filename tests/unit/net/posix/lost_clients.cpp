// SPDX-License-Identifier: MIT
#include "unit/net/accept_support.hpp"
#include "unit/net/net_support.hpp"

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("every code of a lost client says: try again", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    for (const int code : {ECONNABORTED, EPROTO, ECONNRESET, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP,
                           ENETUNREACH, ETIMEDOUT}) {
        INFO(code);
        const AcceptResult result = acceptAfter(listener, {code});
        CHECK(result.lost());
        CHECK(result.error == systemCode(code));
    }
}
