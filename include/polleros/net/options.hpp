// SPDX-License-Identifier: MIT
/// @file
/// What can be asked of and told to a socket that exists: where it is, its pending error, an abortive close,
/// half-closing, and the few options that a reactor needs.
///
/// All are one system call, never block, and may be called from any thread as long as the Socket is not changed
/// meanwhile. All report EBADF and ENOTSOCK for what is not an open socket, and EINVAL on macOS for a connection that
/// the peer has reset already (except where it is said to be tolerated).
#pragma once

#include <polleros/detail/net_address.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/socket.hpp>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {

template <class Calls = NetCalls>
[[nodiscard]] std::error_code checked(int result) noexcept {
    return result == 0 ? std::error_code{} : netError<Calls>();
}

template <class Calls, class Ask>
[[nodiscard]] net::Endpoint askEndpoint(NativeHandle handle, Ask ask, std::error_code& ec) noexcept {
    RawAddress address;
    ec = checked<Calls>(ask(handle, address.data(), &address.length()));
    return ec ? net::Endpoint{} : address.endpoint();
}

} // namespace detail
/// @endcond

namespace net {

/// Where the socket is: after listening on port 0, the port that the system picked. 0.0.0.0:0 if it is not bound.
///
/// Errors: those of all functions here.
[[nodiscard]] inline Endpoint localEndpoint(const Socket& socket, std::error_code& ec) noexcept {
    return detail::askEndpoint<detail::NetCalls>(socket.nativeHandle(), &detail::NetCalls::localAddress, ec);
}

/// Where the other side is. Unnamed for the accepting side of an AF_UNIX connection: clients have no name there.
///
/// Errors: ENOTCONN, not connected (yet), or the peer has reset the connection meanwhile: who wants to log where a
/// client came from asks `accept()` for it.
[[nodiscard]] inline Endpoint remoteEndpoint(const Socket& socket, std::error_code& ec) noexcept {
    return detail::askEndpoint<detail::NetCalls>(socket.nativeHandle(), &detail::NetCalls::remoteAddress, ec);
}

#if POLLEROS_EXCEPTIONS
/// The same; throws std::system_error.
[[nodiscard]] inline Endpoint localEndpoint(const Socket& socket) {
    std::error_code ec;
    const Endpoint told = localEndpoint(socket, ec);
    detail::throwIf(ec, "polleros: local endpoint of a socket");
    return told;
}
/// The same; throws std::system_error.
[[nodiscard]] inline Endpoint remoteEndpoint(const Socket& socket) {
    std::error_code ec;
    const Endpoint told = remoteEndpoint(socket, ec);
    detail::throwIf(ec, "polleros: remote endpoint of a socket");
    return told;
}
#endif

/// The error pending on the socket (SO_ERROR), if any, which it then forgets: how a connect that was in progress ended
/// (ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH...; none: it is connected), or why `err` is reported. If even asking fails,
/// the error of that.
///
/// Linux keeps reporting a hang-up on a socket whose connect failed after the error was taken: close it.
[[nodiscard]] inline std::error_code takeError(const Socket& socket) noexcept {
    int pending = 0;
    if (detail::NetCalls::getOption(socket.nativeHandle(), SOL_SOCKET, SO_ERROR, pending) != 0) {
        return detail::netError();
    }
    return pending == 0 ? std::error_code{} : detail::systemError(pending);
}

/// From now on closing the socket resets the connection (SO_LINGER of 0): unsent bytes are thrown away, the peer gets
/// ECONNRESET, and the port is free at once. How a server gets rid of a client it does not trust, without TIME_WAIT.
///
/// Has no effect on AF_UNIX sockets. EINVAL on macOS is tolerated: the peer is gone then, and nothing is left to reset.
[[nodiscard]] inline std::error_code abortOnClose(const Socket& socket) noexcept {
    return detail::checked(detail::NetCalls::resetOnClose(socket.nativeHandle()));
}

/// Says that nothing more will be sent: the peer receives what is under way and then the end. Receiving goes on.
///
/// Errors: ENOTCONN, not connected; on BSD and macOS also when the peer is gone already.
[[nodiscard]] inline std::error_code shutdownSend(const Socket& socket) noexcept {
    return detail::checked(detail::NetCalls::shutdownSend(socket.nativeHandle()));
}

/// Says that nothing more will be received. What that does to bytes that still arrive is each system's own idea: Linux
/// goes on delivering them, BSD throws them away, Windows resets. The peer is not told. recv() says that
/// the stream has ended; on Windows it fails with WSAESHUTDOWN.
///
/// Errors: ENOTCONN, not connected.
[[nodiscard]] inline std::error_code shutdownRecv(const Socket& socket) noexcept {
    return detail::checked(detail::NetCalls::shutdownRecv(socket.nativeHandle()));
}

/// Whether small pieces are sent at once (TCP_NODELAY), or collected while earlier ones are unacknowledged, which is
/// what a new TCP socket does. EOPNOTSUPP (Linux; EINVAL or ENOPROTOOPT elsewhere) if it is none of TCP.
[[nodiscard]] inline std::error_code noDelay(const Socket& socket, bool on = true) noexcept {
    return detail::checked(detail::NetCalls::setOption(socket.nativeHandle(), IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0));
}

/// Asks for a send buffer of about so many bytes (SO_SNDBUF). A wish: systems round, double (Linux), have minima and
/// maxima, and stop tuning the size by themselves once asked. For tests of backpressure, mostly.
[[nodiscard]] inline std::error_code sendBuffer(const Socket& socket, int bytes) noexcept {
    return detail::checked(detail::NetCalls::setOption(socket.nativeHandle(), SOL_SOCKET, SO_SNDBUF, bytes));
}

/// Asks for a receive buffer of about so many bytes (SO_RCVBUF); the same caveats. A listener hands it on to the
/// sockets it accepts.
[[nodiscard]] inline std::error_code receiveBuffer(const Socket& socket, int bytes) noexcept {
    return detail::checked(detail::NetCalls::setOption(socket.nativeHandle(), SOL_SOCKET, SO_RCVBUF, bytes));
}

/// Whether calls on it return "would block" instead of blocking. Sockets that this library makes do; for adopted ones.
/// A property of what the handle refers to: duplicates of it change, too.
template <class Kind>
[[nodiscard]] std::error_code nonBlocking(const OwningHandle<Kind>& owner, bool on = true) noexcept {
    return detail::checked(detail::NetCalls::setNonBlocking(owner.nativeHandle(), on));
}

} // namespace net

POLLEROS_NAMESPACE_END
