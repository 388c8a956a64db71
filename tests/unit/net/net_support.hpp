// SPDX-License-Identifier: MIT
// What several tests of net/ need: the system's codes, a connected TCP pair, a wait.
#pragma once

#include "support/catch.hpp"
#include "support/codes.hpp"
#include "support/fds.hpp"

#include <polleros/net/tcp.hpp>

#include <cerrno>
#include <system_error>

namespace polleros_test {

// What the system says where POSIX says this.
inline std::error_code systemCode(int posix) {
    return {nativeCode(posix), std::system_category()};
}
inline std::error_code systemCode(std::errc posix) {
    return systemCode(static_cast<int>(posix));
}
inline std::error_code notOpen() {
    return {closedCode(), std::system_category()};
}

// Whether it becomes ready within five seconds.
inline bool becomes(const polleros::net::Socket& socket, polleros::Readiness events) {
    return !pollFor(socket.nativeHandle(), events, 5000).empty();
}

// A server's and a client's end, through the library itself.
struct Connected {
    polleros::net::Socket server;
    polleros::net::Socket client;
};
inline Connected connectedTcp(const polleros::net::Endpoint& where = polleros::net::Endpoint::loopback4(0)) {
    using namespace polleros::net;
    const Socket listener = listenTcp(where, {.backlog = 4});
    ConnectResult made = connectTcp(localEndpoint(listener));
    REQUIRE(becomes(listener, readable));
    AcceptResult accepted = polleros::net::accept(listener);
    REQUIRE(accepted);
    REQUIRE(becomes(made.socket, writable));
    REQUIRE_FALSE(takeError(made.socket));
    return {std::move(accepted.socket), std::move(made.socket)};
}

} // namespace polleros_test
