// SPDX-License-Identifier: MIT
/// @file
/// TCP over IPv4 and IPv6: listenTcp() and connectTcp(). Includes what one does with the result: accept(), send() and
/// recv(), and the options.
///
/// ```cpp
/// using namespace polleros::net;
/// Socket listener = listenTcp(Endpoint::loopback4(0));
/// Endpoint where = localEndpoint(listener);             // port 0: the system picked one
/// auto [socket, established] = connectTcp(where);       // never blocks
/// ```
///
/// Nothing here blocks, sleeps or resolves a name. What must be tried again because a port was taken meanwhile is tried
/// again at once, 16 times at most.
#pragma once

#include <polleros/detail/net_tcp.hpp>
#include <polleros/net/accept.hpp>
#include <polleros/net/connect_result.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/io.hpp>
#include <polleros/net/options.hpp>
#include <polleros/net/socket.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// How to listen. `listenTcp(endpoint, {.backlog = 16})`
struct TcpListenOptions {
    /// How many clients may wait to be accepted. Systems cut it to a limit of their own (Linux: net.core.somaxconn)
    /// and make a little more of it.
    int backlog = 4096;

    /// Several listeners share the port, each with a poller of its own; all must say so (SO_REUSEPORT; _LB on FreeBSD).
    /// Linux and FreeBSD spread the clients, macOS gives them all to one, Windows has nothing like it.
    bool reusePort = false;

    /// An IPv6 listener takes no IPv4 clients. Always set, because systems differ in what they do untold. False makes
    /// one listener on `any6` serve both (IPv4 clients then have mapped addresses); OpenBSD cannot do that.
    bool v6Only = true;
};

/// A socket that listens, non-blocking and close-on-exec. A port that a predecessor left in TIME_WAIT can be had again
/// at once; one that somebody listens on cannot. Four or five system calls.
///
/// With port 0 the system picks one: ask `localEndpoint()`. If what it picked was taken before it could be listened on,
/// another is tried.
///
/// Threads: any.
///
/// Errors; nothing is left open:
/// - EADDRINUSE: somebody listens there; with port 0: no port is free.
/// - EADDRNOTAVAIL: not an address of this machine, or a link-local one without its scope.
/// - EACCES: ports below 1024 (Linux: net.ipv4.ip_unprivileged_port_start) are for the privileged.
/// - EAFNOSUPPORT: not an IP endpoint, or this system has no IPv6.
/// - ENOPROTOOPT: `reusePort` on a system that has none. EINVAL: `v6Only = false` on one that can't.
/// - EMFILE, ENFILE, ENOBUFS, ENOMEM: out of descriptors or memory.
[[nodiscard]] inline Socket listenTcp(const Endpoint& endpoint, const TcpListenOptions& options,
                                      std::error_code& ec) noexcept {
    return detail::listenTcp<detail::NetCalls>(endpoint, {options.backlog, options.reusePort, options.v6Only}, ec);
}
/// The same with the default options.
[[nodiscard]] inline Socket listenTcp(const Endpoint& endpoint, std::error_code& ec) noexcept {
    return listenTcp(endpoint, TcpListenOptions{}, ec);
}

/// Begins to connect, and perhaps has connected when it returns: see ConnectResult. Never blocks.
///
/// A connection to the machine itself can meet itself, when the client's port is picked and happens to be the one it
/// connects to, and nobody listens there. This is noticed, and tried with another port: it costs one system call, and
/// without it a client that reconnects in a loop ends up talking to itself and keeps its server from starting.
///
/// Threads: any.
///
/// Errors, when they are known at once; most come later, from `takeError()`:
/// - ECONNREFUSED: nobody listens. On the machine itself some systems know it at once.
/// - EADDRNOTAVAIL: no local port is free, though it was tried again; or port 0, on macOS and BSD. (Linux takes port 0
///   for one that refuses.)
/// - ENETUNREACH, EHOSTUNREACH: no way there. EINVAL: a link-local address without its scope.
/// - EACCES, EPERM: a broadcast address, or a firewall.
/// - EAFNOSUPPORT: not an IP endpoint, or this system has no IPv6.
/// - EMFILE, ENFILE, ENOBUFS, ENOMEM: out of descriptors or memory.
[[nodiscard]] inline ConnectResult connectTcp(const Endpoint& endpoint, std::error_code& ec) noexcept {
    return detail::connectTcp<detail::NetCalls>(endpoint, ec);
}

#if POLLEROS_EXCEPTIONS
/// The same; throws std::system_error.
[[nodiscard]] inline Socket listenTcp(const Endpoint& endpoint, const TcpListenOptions& options = {}) {
    std::error_code ec;
    Socket listener = listenTcp(endpoint, options, ec);
    detail::throwIf(ec, "polleros: listenTcp");
    return listener;
}
/// The same; throws std::system_error.
[[nodiscard]] inline ConnectResult connectTcp(const Endpoint& endpoint) {
    std::error_code ec;
    ConnectResult result = connectTcp(endpoint, ec);
    detail::throwIf(ec, "polleros: connectTcp");
    return result;
}
#endif

} // namespace net

POLLEROS_NAMESPACE_END
