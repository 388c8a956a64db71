// SPDX-License-Identifier: MIT
// Out of descriptors.
#include "unit/net/posix/descriptors.hpp"

#include <polleros/net/accept.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/net/tcp.hpp>

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("out of descriptors is told apart, and the client keeps waiting", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const ConnectResult client = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(listener, readable));
    for (int tries = 0; tries < 3; ++tries) {
        const AcceptResult result = [&] {
            const NoDescriptors none;
            return accept(listener);
        }();
        CHECK(result.outOfResources());
        CHECK(result.error == systemCode(std::errc::too_many_files_open));
        CHECK_FALSE(result.socket);
    }
    CHECK(accept(listener));
}

TEST_CASE("out of descriptors makes no pair and leaves nothing open", "[net]") {
    std::error_code pair;
    std::error_code tcp;
    {
        const NoDescriptors none;
        static_cast<void>(socketPair(pair));
        static_cast<void>(loopbackPair(tcp));
    }
    CHECK(pair == systemCode(std::errc::too_many_files_open));
    CHECK(tcp == systemCode(std::errc::too_many_files_open));
}

TEST_CASE("out of descriptors is reported and leaves nothing open", "[net]") {
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    const Endpoint where = localEndpoint(listener);
    std::error_code listening;
    std::error_code connecting;
    {
        const NoDescriptors none;
        static_cast<void>(listenTcp(Endpoint::loopback4(0), listening));
        static_cast<void>(connectTcp(where, connecting));
    }
    CHECK(listening == systemCode(std::errc::too_many_files_open));
    CHECK(connecting == systemCode(std::errc::too_many_files_open));
}
