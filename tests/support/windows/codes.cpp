// SPDX-License-Identifier: MIT
#include "support/codes.hpp"

#include <cerrno>
#include <map>
#include <stdexcept>

#include <winsock2.h>

namespace polleros_test {

int nativeCode(int posix) {
    static const std::map<int, int> codes{{0, 0},
                                          {EAGAIN, WSAEWOULDBLOCK},
                                          {EBADF, WSAEBADF},
                                          {ECONNREFUSED, WSAECONNREFUSED},
                                          {ECONNRESET, WSAECONNRESET},
                                          {EINTR, WSAEINTR},
                                          {EIO, ERROR_IO_DEVICE},
                                          {EMFILE, WSAEMFILE},
                                          {ENOENT, ERROR_NOT_FOUND},
                                          {ENOMEM, ERROR_NOT_ENOUGH_MEMORY},
                                          {ENOSPC, ERROR_NO_SYSTEM_RESOURCES}};
    const auto found = codes.find(posix);
    if (found == codes.end()) {
        throw std::logic_error("this code has no equal on Windows");
    }
    return found->second;
}
int lastError() noexcept {
    return static_cast<int>(::GetLastError());
}
void setLastError(int native) noexcept {
    ::SetLastError(static_cast<DWORD>(native));
}

} // namespace polleros_test
