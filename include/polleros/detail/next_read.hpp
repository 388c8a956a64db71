// SPDX-License-Identifier: MIT
// What the next read of a handle would find, and what is wrong with it: how the end of a stream is told from data before it.
#pragma once

#include <polleros/detail/net_os.hpp>
#include <polleros/detail/system_errors.hpp>
#include <polleros/handle.hpp>

#if !defined(_WIN32)
#include <cerrno>

#include <sys/ioctl.h>
#include <sys/socket.h>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

enum class Ahead : unsigned char {
    data,
    end,     ///< of a stream
    error,   ///< which the read would have told, and which is told here instead
    unknown, ///< nothing, or nothing that can be known: of a listener, a device
};

struct NextRead {
    Ahead ahead = Ahead::unknown;
    std::error_code error;
};

/// True if the socket is a stream: of others, nothing to read is no end.
[[nodiscard]] inline bool isStream(NativeHandle socket) noexcept {
    int type = 0;
    return NetCalls::getOption(socket, SOL_SOCKET, SO_TYPE, type) == 0 && type == SOCK_STREAM;
}

/// Why there is an error on the handle, which then forgets it; none if it does not say.
[[nodiscard]] inline std::error_code pendingError(NativeHandle handle) noexcept {
    int pending = 0;
    const bool answered = NetCalls::getOption(handle, SOL_SOCKET, SO_ERROR, pending) == 0;
    return answered && pending != 0 ? systemError(pending) : std::error_code{};
}

/// Takes no data, and does not block. One system call, two if it is not a socket or at its end.
[[nodiscard]] inline NextRead nextRead(NativeHandle handle) noexcept {
    char byte = 0;
#if defined(_WIN32)
    u_long bytes = 0;
    if (::ioctlsocket(handle, static_cast<long>(FIONREAD), &bytes) == 0 && bytes != 0) {
        return {Ahead::data, {}};
    }
    const int got = ::recv(handle, &byte, 1, MSG_PEEK);
    const int reason = got < 0 ? ::WSAGetLastError() : 0;
    const bool isUnknown = reason == WSAEWOULDBLOCK || reason == WSAENOTCONN || reason == WSAEINVAL ||
                           reason == WSAEOPNOTSUPP || reason == WSAENOTSOCK;
    if (reason == WSAEMSGSIZE) { // of a datagram, which is longer than that
        return {Ahead::data, {}};
    }
#else
    const int before = errno;
    const auto got = ::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const int reason = got < 0 ? errno : 0;
    const bool isUnknown = reason == EAGAIN || reason == ENOTCONN || reason == EINVAL || reason == EOPNOTSUPP ||
                           reason == ENOTSOCK || reason == EINTR;
    int bytes = 0;
    const bool isUnread = reason == ENOTSOCK && ::ioctl(handle, FIONREAD, &bytes) == 0 && bytes > 0;
    errno = before;
    if (isUnread) {
        return {Ahead::data, {}};
    }
#endif
    if (got > 0) {
        return {Ahead::data, {}};
    }
    if (got == 0) {
        return {isStream(handle) ? Ahead::end : Ahead::data, {}};
    }
    return isUnknown ? NextRead{} : NextRead{Ahead::error, systemError(reason)};
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
