// SPDX-License-Identifier: MIT
// The system's own error codes, named as errno names them.
#pragma once

namespace polleros_test {

// What the system says where POSIX says this.
[[nodiscard]] int nativeCode(int posix);

// What a call for a socket that is not open fails with. (Winsock knows sockets, and what is none.)
[[nodiscard]] int closedCode() noexcept;

// What the last failed call of this thread left, and how a call that is made up leaves it.
[[nodiscard]] int lastError() noexcept;
void setLastError(int native) noexcept;

} // namespace polleros_test
