// SPDX-License-Identifier: MIT
#include "support/codes.hpp"

#include <cerrno>

namespace polleros_test {

int nativeCode(int posix) {
    return posix;
}
int closedCode() noexcept {
    return EBADF;
}
int lastError() noexcept {
    return errno;
}
void setLastError(int native) noexcept {
    errno = native;
}

} // namespace polleros_test
