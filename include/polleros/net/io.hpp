// SPDX-License-Identifier: MIT
/// @file
/// send() and recv(): bytes through a stream socket, without SIGPIPE, and with the four outcomes told apart.
///
/// ```cpp
/// char buffer[4096];
/// for (;;) {
///     const auto got = polleros::net::recv(socket, buffer);
///     if (got) { use({buffer, got.bytes}); continue; }
///     if (got.ended()) { ... }              // the peer will send no more
///     if (got.failed()) { log(got.error); } // ECONNRESET, say
///     break;                                // else it would block: ask for recv, and wait
/// }
/// ```
#pragma once

#include <polleros/net/socket.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// How an attempt to move bytes ended.
enum class IoState : unsigned char {
    done,       ///< some bytes moved; perhaps fewer than there were
    wouldBlock, ///< none can now
    ended,      ///< the peer sends no more, and all it sent has been received
    failed,     ///< see `error`
};

/// The outcome of one attempt. True if bytes moved, or none were asked for.
struct IoResult {
    std::size_t bytes = 0;         ///< how many moved; 0 unless `done`
    IoState state = IoState::done; ///< which of the four it is
    std::error_code error;         ///< set if and only if `failed`

    [[nodiscard]] explicit operator bool() const noexcept { return state == IoState::done; } ///< bytes moved
    [[nodiscard]] bool wouldBlock() const noexcept { return state == IoState::wouldBlock; }  ///< wait, then again
    [[nodiscard]] bool ended() const noexcept { return state == IoState::ended; }            ///< recv and read only
    [[nodiscard]] bool failed() const noexcept { return state == IoState::failed; }          ///< `error` says why
    [[nodiscard]] bool over() const noexcept { return ended() || failed(); }                 ///< nothing will ever come
};

} // namespace net

/// @cond INTERNAL
namespace detail {

/// No system moves more at once, and some refuse a size that an int cannot hold.
inline constexpr std::size_t mostBytes = 0x4000'0000;

/// Asks until the answer is one. An interruption that will not stop is "would block": the next wait returns at once.
template <class Call, class AskAgain>
[[nodiscard]] net::IoResult transfer(std::size_t size, bool zeroEnds, Call call, AskAgain askAgain) noexcept {
    if (size == 0) {
        return {}; // not asked: an answer of 0 would look like the end
    }
    for (int tries = 0; tries < mostTries; ++tries) {
        const std::ptrdiff_t moved = call(size < mostBytes ? size : mostBytes);
        if (moved > 0) {
            return {static_cast<std::size_t>(moved), net::IoState::done, {}};
        }
        if (moved == 0) {
            return {0, zeroEnds ? net::IoState::ended : net::IoState::wouldBlock, {}};
        }
        const int reason = NetCalls::lastError();
        if (NetCalls::isWouldBlock(reason)) {
            break;
        }
        if (!askAgain(reason)) {
            return {0, net::IoState::failed, systemError(reason)};
        }
    }
    return {0, net::IoState::wouldBlock, {}};
}

template <class Calls>
[[nodiscard]] net::IoResult sendSome(NativeHandle handle, const void* bytes, std::size_t size) noexcept {
    return transfer(
        size, false, [&](std::size_t most) { return Calls::send(handle, bytes, most); }, &Calls::isSendAgain);
}

template <class Calls>
[[nodiscard]] net::IoResult recvSome(NativeHandle handle, void* bytes, std::size_t size) noexcept {
    return transfer(
        size, true, [&](std::size_t most) { return Calls::recv(handle, bytes, most); }, &Calls::isInterrupted);
}

} // namespace detail
/// @endcond

namespace net {

/// Sends as many bytes as the system takes now, perhaps fewer than given: keep the rest and ask for `send`. One system
/// call, again only after an interruption; none at all for no bytes, which is `done`. Raises no SIGPIPE, if this
/// library opened the socket or the system is not macOS. A connection still in progress would block, on Linux.
///
/// Threads: any, if the Socket is not changed meanwhile; parts sent by two threads at once may alternate.
///
/// Errors (`failed`):
/// - EPIPE: the peer is gone, or `shutdownSend()` was called.
/// - ECONNRESET: the peer reset the connection. What it had sent before and was not received yet is lost on most
///   systems, so receive before you send where that matters.
/// - ENOTCONN: not connected; on BSD and macOS also while connecting. Linux says EPIPE if it is not even connecting.
/// - ETIMEDOUT and network errors: the connection broke some time ago; it is told to the first who asks.
/// - ENOBUFS: no memory for it. BSD and macOS also say so of an AF_UNIX socket for a moment.
/// - EBADF, ENOTSOCK: not an open socket.
[[nodiscard]] inline IoResult send(const Socket& socket, std::span<const std::byte> bytes) noexcept {
    return detail::sendSome<detail::NetCalls>(socket.nativeHandle(), bytes.data(), bytes.size());
}
/// The same for text: a literal (without its final zero), a string, or `{pointer, size}`.
[[nodiscard]] inline IoResult send(const Socket& socket, std::string_view text) noexcept {
    return send(socket, std::as_bytes(std::span(text.data(), text.size())));
}
/// The same for octets.
[[nodiscard]] inline IoResult send(const Socket& socket, std::span<const unsigned char> octets) noexcept {
    return send(socket, std::as_bytes(octets));
}
/// The same for a span of char. A template, because then a literal is not taken for one, with its final zero.
template <class Char, std::size_t Extent>
    requires std::is_same_v<std::remove_const_t<Char>, char>
[[nodiscard]] IoResult send(const Socket& socket, std::span<Char, Extent> text) noexcept {
    return send(socket, std::span<const std::byte>(std::as_bytes(text)));
}

/// Receives what is there now, at most as much as there is room for. One system call, again only after an
/// interruption; none at all without room, which is `done` with 0 bytes. For stream sockets: an empty datagram would
/// look like the end.
///
/// Threads: any, if the Socket is not changed meanwhile.
///
/// Errors (`failed`):
/// - ECONNRESET: the peer reset the connection, or closed it with bytes of ours unread. Reported once; then it has
///   `ended()`. Wine may say `ended()` at once.
/// - ECONNREFUSED, ETIMEDOUT and network errors: connecting failed, or the connection broke; `takeError()` would have
///   said so too, and whoever asks first gets it.
/// - ENOTCONN: not connected, and not about to be.
/// - EBADF, ENOTSOCK: not an open socket.
[[nodiscard]] inline IoResult recv(const Socket& socket, std::span<std::byte> room) noexcept {
    return detail::recvSome<detail::NetCalls>(socket.nativeHandle(), room.data(), room.size());
}
/// The same into an array, a string or a vector of char.
[[nodiscard]] inline IoResult recv(const Socket& socket, std::span<char> room) noexcept {
    return recv(socket, std::as_writable_bytes(room));
}
/// The same into octets.
[[nodiscard]] inline IoResult recv(const Socket& socket, std::span<unsigned char> room) noexcept {
    return recv(socket, std::as_writable_bytes(room));
}

} // namespace net

POLLEROS_NAMESPACE_END
