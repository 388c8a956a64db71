// SPDX-License-Identifier: MIT
#include "support/codes.hpp"

#include <cerrno>
#include <map>
#include <stdexcept>

#include <winsock2.h>

namespace polleros_test {

int nativeCode(int posix) {
    static const std::map<int, int> codes{{0, 0},
                                          {EACCES, WSAEACCES},
                                          {EADDRINUSE, WSAEADDRINUSE},
                                          {EADDRNOTAVAIL, WSAEADDRNOTAVAIL},
                                          {EAFNOSUPPORT, WSAEAFNOSUPPORT},
                                          {EAGAIN, WSAEWOULDBLOCK},
                                          {EBADF, WSAEBADF},
                                          {ECONNABORTED, WSAECONNABORTED},
                                          {ECONNREFUSED, WSAECONNREFUSED},
                                          {ECONNRESET, WSAECONNRESET},
                                          {EINPROGRESS, WSAEWOULDBLOCK}, // of a connect
                                          {EINTR, WSAEINTR},
                                          {EINVAL, WSAEINVAL},
                                          {EIO, ERROR_IO_DEVICE},
                                          {EMFILE, WSAEMFILE},
                                          {ENETUNREACH, WSAENETUNREACH},
                                          {ENFILE, WSAEMFILE}, // no other table fills up
                                          {ENOBUFS, WSAENOBUFS},
                                          {ENOENT, ERROR_NOT_FOUND},
                                          {ENOMEM, ERROR_NOT_ENOUGH_MEMORY},
                                          {ENOSPC, ERROR_NO_SYSTEM_RESOURCES},
                                          {ENOTCONN, WSAENOTCONN},
                                          {EOPNOTSUPP, WSAEOPNOTSUPP},
                                          {EPERM, ERROR_ACCESS_DENIED},
                                          {EPIPE, WSAESHUTDOWN},
                                          {ETIMEDOUT, WSAETIMEDOUT}};
    const auto found = codes.find(posix);
    if (found == codes.end()) {
        throw std::logic_error("this code has no equal on Windows");
    }
    return found->second;
}
int closedCode() noexcept {
    return WSAENOTSOCK;
}
int lastError() noexcept {
    return static_cast<int>(::GetLastError());
}
void setLastError(int native) noexcept {
    ::SetLastError(static_cast<DWORD>(native));
}

} // namespace polleros_test
