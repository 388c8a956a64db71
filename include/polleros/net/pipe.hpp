// SPDX-License-Identifier: MIT
/// @file
/// pipePair(), read() and write(): a pipe whose ends are owned, and bytes through it without SIGPIPE. POSIX systems
/// only: a pipe of Windows cannot be waited for, and there is nothing here; use socketPair() where that matters.
///
/// ```cpp
/// auto [reader, writer] = polleros::net::pipePair();
/// if (polleros::net::write(writer, "hello")) { ... }   // and `reader` is now readable
/// ```
#pragma once

#if !defined(_WIN32)

#include <polleros/detail/net_pipe.hpp>
#include <polleros/net/io.hpp>
#include <polleros/net/socket.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// The two ends of a pipe.
struct Pipe {
    Descriptor reader; ///< what is written can be read here
    Descriptor writer; ///< closing it is the end, for the reader
};

/// A pipe; both ends non-blocking and close-on-exec. One system call (macOS: five).
///
/// Threads: any. Errors, nothing is left open: EMFILE, ENFILE, out of descriptors.
[[nodiscard]] inline Pipe pipePair(std::error_code& ec) noexcept {
    int ends[2] = {invalidHandle, invalidHandle};
    if (detail::OsCalls::pipe(ends) != 0) {
        ec = detail::netError();
        return {};
    }
    ec = {};
    return {Descriptor::adopt(ends[0]), Descriptor::adopt(ends[1])};
}

#if POLLEROS_EXCEPTIONS
/// The same; throws std::system_error.
[[nodiscard]] inline Pipe pipePair() {
    std::error_code ec;
    Pipe pipe = pipePair(ec);
    detail::throwIf(ec, "polleros: pipePair");
    return pipe;
}
#endif

/// Writes as many bytes as there is room for now; none at all, `wouldBlock()`, if fewer than PIPE_BUF do not fit whole.
/// Raises no SIGPIPE: it is held back for this thread while it writes, which makes it four system calls; who ignores
/// the signal anyway can call write(2).
///
/// Threads: any, if the Descriptor is not changed meanwhile; pieces up to PIPE_BUF are not mixed.
///
/// Errors (`failed`): EPIPE, no reader is left. EBADF, not open, or the reading end. EIO and the like, of a device.
[[nodiscard]] inline IoResult write(const Descriptor& descriptor, std::span<const std::byte> bytes) noexcept {
    return detail::writeSome<detail::OsCalls>(descriptor.nativeHandle(), bytes.data(), bytes.size());
}
/// The same for text: a literal (without its final zero), a string, or `{pointer, size}`.
[[nodiscard]] inline IoResult write(const Descriptor& descriptor, std::string_view text) noexcept {
    return write(descriptor, std::as_bytes(std::span(text.data(), text.size())));
}
/// The same for octets.
[[nodiscard]] inline IoResult write(const Descriptor& descriptor, std::span<const unsigned char> octets) noexcept {
    return write(descriptor, std::as_bytes(octets));
}
/// The same for a span of char. A template, because then a literal is not taken for one, with its final zero.
template <class Char, std::size_t Extent>
    requires std::is_same_v<std::remove_const_t<Char>, char>
[[nodiscard]] IoResult write(const Descriptor& descriptor, std::span<Char, Extent> text) noexcept {
    return write(descriptor, std::span<const std::byte>(std::as_bytes(text)));
}

/// Reads what is there now, at most as much as there is room for; it has `ended()` when no writer is left. One system
/// call; none at all without room, which is `done` with 0 bytes.
///
/// Threads: any, if the Descriptor is not changed meanwhile.
///
/// Errors (`failed`): EBADF, not open, or the writing end. EIO and the like, of a device. EINVAL: an eventfd, timerfd
/// or signalfd, and less than its 8 bytes or its record of room.
[[nodiscard]] inline IoResult read(const Descriptor& descriptor, std::span<std::byte> room) noexcept {
    return detail::readSome<detail::OsCalls>(descriptor.nativeHandle(), room.data(), room.size());
}
/// The same into an array, a string or a vector of char.
[[nodiscard]] inline IoResult read(const Descriptor& descriptor, std::span<char> room) noexcept {
    return read(descriptor, std::as_writable_bytes(room));
}
/// The same into octets.
[[nodiscard]] inline IoResult read(const Descriptor& descriptor, std::span<unsigned char> room) noexcept {
    return read(descriptor, std::as_writable_bytes(room));
}

} // namespace net

POLLEROS_NAMESPACE_END

#endif
