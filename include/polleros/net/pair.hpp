// SPDX-License-Identifier: MIT
/// @file
/// socketPair(): two sockets connected to each other, for tests and for talking between threads.
///
/// ```cpp
/// auto [here, there] = polleros::net::socketPair();
/// ```
///
/// Two ends of a pipe, for one direction: `<polleros/net/pipe.hpp>`.
#pragma once

#include <polleros/detail/net_pair.hpp>
#include <polleros/net/io.hpp>
#include <polleros/net/socket.hpp>

#include <chrono>
#include <utility>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// Two stream sockets connected to each other; what is sent into one is received from the other.
struct SocketPair {
    Socket first;  ///< one end
    Socket second; ///< the other
};

/// A pair over TCP on loopback, with TCP_NODELAY: what `socketPair()` is on systems that have no other. The two ends
/// are verified to be each other's: a stranger who connects in between is reset and never handed out.
///
/// The only function of net/ that waits, for the two to find each other: usually not at all, and two seconds at most.
/// A dozen system calls, and a port for each pair: for a few, not for thousands.
///
/// Threads: any.
///
/// Errors; nothing is left open:
/// - ETIMEDOUT: the connection did not arrive in time: a firewall on loopback, or strangers in crowds.
/// - those of `listenTcp()` and `connectTcp()`. Without IPv4 on loopback, IPv6 is tried.
[[nodiscard]] inline SocketPair loopbackPair(std::error_code& ec) noexcept {
    detail::LoopbackPair made = detail::loopbackPair<detail::NetCalls>(std::chrono::seconds(2), ec);
    return {std::move(made.first), std::move(made.second)};
}

/// A pair, by the cheapest means of the system: socketpair(2) of AF_UNIX, else `loopbackPair()`. One system call.
///
/// Not portable: whether the ends are AF_UNIX or TCP, and with that what `noDelay()` and `remoteEndpoint()` say, and
/// that closing a TCP end with bytes unread resets the other. Both can be half-closed.
///
/// Threads: any.
///
/// Errors; nothing is left open:
/// - EMFILE, ENFILE, ENOBUFS, ENOMEM: out of descriptors or memory.
/// - those of `loopbackPair()`, where it is used.
[[nodiscard]] inline SocketPair socketPair(std::error_code& ec) noexcept {
#if defined(_WIN32)
    return loopbackPair(ec);
#else
    NativeHandle ends[2] = {invalidHandle, invalidHandle};
    if (detail::NetCalls::pair(ends) != 0) {
        ec = detail::netError();
        return {};
    }
    ec = {};
    return {Socket::adopt(ends[0]), Socket::adopt(ends[1])};
#endif
}

#if POLLEROS_EXCEPTIONS
/// The same; throws std::system_error.
[[nodiscard]] inline SocketPair loopbackPair() {
    std::error_code ec;
    SocketPair pair = loopbackPair(ec);
    detail::throwIf(ec, "polleros: loopbackPair");
    return pair;
}
/// The same; throws std::system_error.
[[nodiscard]] inline SocketPair socketPair() {
    std::error_code ec;
    SocketPair pair = socketPair(ec);
    detail::throwIf(ec, "polleros: socketPair");
    return pair;
}
#endif

} // namespace net

POLLEROS_NAMESPACE_END
