// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/net/pair.hpp>
#include <polleros/net/winsock.hpp>

#include <type_traits>

namespace net = polleros::net;

static_assert(!std::is_copy_constructible_v<net::WinsockSession> && !std::is_move_constructible_v<net::WinsockSession>);

TEST_CASE("a Winsock session can be had on every system, any number at once") {
    std::error_code ec = std::make_error_code(std::errc::io_error);
    const net::WinsockSession first(ec);
    CHECK_FALSE(ec);
    {
        const net::WinsockSession second;
    }
    CHECK(net::socketPair(ec).first);
}

TEST_CASE("sockets outlive a session that was not the library's own") {
    net::SocketPair pair;
    {
        const net::WinsockSession session;
        pair = net::socketPair();
    }
    CHECK(net::send(pair.first, "x").bytes == 1);
}
