// SPDX-License-Identifier: MIT
#include "support/notifier.hpp"

#include <cerrno>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace polleros_test {

Fd makeNotifier(std::size_t count) {
    Fd notifier(::eventfd(static_cast<unsigned>(count), EFD_NONBLOCK | EFD_CLOEXEC));
    if (!notifier) {
        throw std::system_error(errno, std::system_category(), "eventfd");
    }
    return notifier;
}

void notifyMore(NativeHandle notifier, std::size_t count) {
    const std::uint64_t more = count;
    if (::write(notifier, &more, sizeof more) != sizeof more) {
        throw std::system_error(errno, std::system_category(), "write");
    }
}

std::size_t takeNotices(NativeHandle notifier) {
    std::uint64_t count = 0;
    return ::read(notifier, &count, sizeof count) == sizeof count ? static_cast<std::size_t>(count) : 0;
}

} // namespace polleros_test
