// SPDX-License-Identifier: MIT
// The lightest handle that can be made readable and quiet again: an eventfd on Linux, elsewhere a UDP socket that is
// connected to itself.
#pragma once

#include "support/fds.hpp"

namespace polleros_test {

// Non-blocking.
[[nodiscard]] Fd makeNotifier(std::size_t count = 0);
// Counts up. Readable while the count is not zero, and writable always.
void notifyMore(NativeHandle notifier, std::size_t count);
// Sets the count to zero, and says what it was.
std::size_t takeNotices(NativeHandle notifier);

} // namespace polleros_test
