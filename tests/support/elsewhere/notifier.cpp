// SPDX-License-Identifier: MIT
// A datagram of n bytes counts n up.
#include "support/notifier.hpp"

#include <stdexcept>

namespace polleros_test {

Fd makeNotifier(std::size_t count) {
    Fd notifier = udpToItself();
    if (count != 0) {
        notifyMore(notifier.get(), count);
    }
    return notifier;
}

void notifyMore(NativeHandle notifier, std::size_t count) {
    writeBytes(notifier, count);
    if (!pollFor(notifier, readable, 5'000).has(readable)) {
        throw std::runtime_error("a datagram over loopback got lost");
    }
}

std::size_t takeNotices(NativeHandle notifier) {
    return readAll(notifier).bytes;
}

} // namespace polleros_test
