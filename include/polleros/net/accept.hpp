// SPDX-License-Identifier: MIT
/// @file
/// accept(): one client from a listener, TCP or AF_UNIX, and why there is none.
///
/// ```cpp
/// for (;;) {
///     auto client = polleros::net::accept(listener);
///     if (client) { serve(std::move(client.socket)); continue; }
///     if (client.lost()) { continue; }
///     if (client.outOfResources()) { restUntil(now + 100ms); } // drop `accept` from the intent until a deadline
///     break;                                                  // else none is waiting
/// }
/// ```
#pragma once

#include <polleros/detail/net_address.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/socket.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// How an attempt to accept ended.
enum class AcceptState : unsigned char {
    accepted,       ///< there is a socket
    wouldBlock,     ///< no client is waiting: ask for `accept`
    lost,           ///< a client left before it was accepted: try again at once, others may be waiting
    outOfResources, ///< no descriptor, or no memory, to accept it with: it keeps waiting, and so should you
    failed,         ///< the listener itself is unusable
};

/// The outcome of one attempt. True if a client was accepted.
struct AcceptResult {
    Socket socket;                             ///< set if and only if `accepted`
    AcceptState state = AcceptState::accepted; ///< which of the five it is
    std::error_code error;                     ///< the system's reason, for a log; none if `accepted` or `wouldBlock`

    [[nodiscard]] explicit operator bool() const noexcept { return state == AcceptState::accepted; }    ///< `socket`
    [[nodiscard]] bool wouldBlock() const noexcept { return state == AcceptState::wouldBlock; }         ///< none waits
    [[nodiscard]] bool lost() const noexcept { return state == AcceptState::lost; }                     ///< try again
    [[nodiscard]] bool outOfResources() const noexcept { return state == AcceptState::outOfResources; } ///< rest
    [[nodiscard]] bool failed() const noexcept { return state == AcceptState::failed; }                 ///< close it
};

} // namespace net

/// @cond INTERNAL
namespace detail {

template <class Calls>
[[nodiscard]] net::AcceptState acceptState(NativeHandle listener, int reason) noexcept {
    if (Calls::isWouldBlock(reason)) {
        return net::AcceptState::wouldBlock;
    }
    if (Calls::isOutOfResources(reason)) {
        return net::AcceptState::outOfResources;
    }
    // EOPNOTSUPP may be an error of the client's connection (Linux), or mean that this is no stream socket at all:
    // then trying again would never end.
    int listens = 0;
    if (Calls::isLostClient(reason) ||
        (Calls::isUnsupported(reason) && Calls::getOption(listener, SOL_SOCKET, SO_ACCEPTCONN, listens) == 0 &&
         listens != 0)) {
        return net::AcceptState::lost;
    }
    return net::AcceptState::failed;
}

template <class Calls>
[[nodiscard]] net::AcceptResult accept(NativeHandle listener, net::Endpoint* peer) noexcept {
    net::AcceptResult result;
    for (int tries = 0; tries < mostTries; ++tries) {
        RawAddress address;
        const bool asked = peer != nullptr;
        result.socket = net::Socket::adopt(
            Calls::accept(listener, asked ? address.data() : nullptr, asked ? &address.length() : nullptr));
        if (result.socket) {
            if (asked) {
                *peer = address.endpoint();
            }
            return result;
        }
        const int reason = Calls::lastError();
        if (!Calls::isInterrupted(reason)) {
            result.state = acceptState<Calls>(listener, reason);
            result.error = result.wouldBlock() ? std::error_code{} : systemError(reason);
            return result;
        }
    }
    result.state = net::AcceptState::wouldBlock; // interrupted again and again: the next wait returns at once
    return result;
}

} // namespace detail
/// @endcond

namespace net {

/// Takes one waiting client; its socket is non-blocking and close-on-exec on every system (on Linux alone an accepted
/// socket does not inherit the former). Never blocks, if the listener is one of this library or is non-blocking. One
/// system call, again only after an interruption.
///
/// Threads: any, also several on one listener, if the Socket is not changed meanwhile.
///
/// Errors, besides `wouldBlock`:
/// - `lost`: ECONNABORTED, ECONNRESET, EPROTO, ETIMEDOUT, and on Linux, which hands over errors of the connection that
///   were pending already (accept(2)), also ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ENOPROTOOPT,
///   EOPNOTSUPP. (Linux itself hands out a client that has reset already as an ordinary socket; BSD says ECONNABORTED.)
/// - `outOfResources`: EMFILE, ENFILE, ENOBUFS, ENOMEM. The listener stays readable: going on asking for `accept` is a
///   loop at full speed. Drop it from the intent and set a deadline.
/// - `failed`: EBADF, ENOTSOCK, EINVAL (it does not listen), EOPNOTSUPP (no stream socket), EPERM (a firewall's or a
///   sandbox's rule; not known to concern one client only).
[[nodiscard]] inline AcceptResult accept(const Socket& listener) noexcept {
    return detail::accept<detail::NetCalls>(listener.nativeHandle(), nullptr);
}

/// The same, and tells where the client is, even if it has left again; `peer` is unchanged if there is none.
[[nodiscard]] inline AcceptResult accept(const Socket& listener, Endpoint& peer) noexcept {
    return detail::accept<detail::NetCalls>(listener.nativeHandle(), &peer);
}

} // namespace net

POLLEROS_NAMESPACE_END
