// SPDX-License-Identifier: MIT
// select(2) is everywhere, and a little different on Windows.
#pragma once

#include <polleros/handle.hpp>
#include <polleros/net/winsock.hpp> // on Windows with <winsock2.h>, before anything else can bring its predecessor

#if !defined(_WIN32)
#include <cerrno>

#include <sys/select.h>
#include <sys/socket.h>
#endif

namespace example {

#if defined(_WIN32)

using Length = int;

/// Whether a set can hold it: any, a set is a list here.
inline bool fits(polleros::NativeHandle /*handle*/) {
    return true;
}
/// A failed connect is no room to write here, but among the urgent things.
inline constexpr bool failuresAreUrgent = true;

inline constexpr int closedHandle = WSAENOTSOCK;
inline constexpr int tooMany = WSAEMFILE;
inline int lastError() {
    return ::WSAGetLastError();
}

#else

using Length = socklen_t;

inline bool fits(polleros::NativeHandle handle) {
    return handle < FD_SETSIZE;
}
inline constexpr bool failuresAreUrgent = false;

inline constexpr int closedHandle = EBADF;
inline constexpr int tooMany = EMFILE;
inline int lastError() {
    return errno;
}

#endif

/// If not, lastError() says why.
inline bool isSocket(polleros::NativeHandle handle) {
    int type = 0;
    Length size = sizeof type;
    return ::getsockopt(handle, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) == 0;
}

} // namespace example
