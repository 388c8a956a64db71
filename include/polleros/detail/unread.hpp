// SPDX-License-Identifier: MIT
// Whether the end of a stream is what the next read would find.
#pragma once

#include <polleros/handle.hpp>

#if defined(_WIN32)
#include <polleros/detail/windows_headers.hpp>
#else
#include <cerrno>

#include <sys/ioctl.h>
#include <sys/socket.h>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// True if there is something to read before the end. Takes nothing, never blocks; one system call, two if it is not a
/// socket. False if it cannot be known. (FIONREAD alone would do on Linux; for sockets, the BSDs count out-of-band marks
/// and ends differently.)
[[nodiscard]] inline bool hasUnread(NativeHandle handle) noexcept {
#if defined(_WIN32)
    u_long bytes = 0;
    return ::ioctlsocket(handle, static_cast<long>(FIONREAD), &bytes) == 0 && bytes != 0;
#else
    const int before = errno;
    char byte = 0;
    bool unread = false;
    if (const auto got = ::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT); got >= 0) {
        unread = got > 0;
    } else if (errno == ENOTSOCK) {
        int bytes = 0;
        unread = ::ioctl(handle, FIONREAD, &bytes) == 0 && bytes > 0;
    }
    errno = before;
    return unread;
#endif
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
