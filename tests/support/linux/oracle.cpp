// SPDX-License-Identifier: MIT
// What Linux says about handles: poll(2), which knows of half-closes, and /proc.
#include "support/fds.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

namespace polleros_test {
namespace {

using polleros::Readiness;
using polleros::ReadyFlag;

struct Bit {
    ReadyFlag flag;
    short event;
};
constexpr Bit bits[] = {{ReadyFlag::read, POLLIN},      {ReadyFlag::priority, POLLPRI}, {ReadyFlag::write, POLLOUT},
                        {ReadyFlag::error, POLLERR},    {ReadyFlag::error, POLLNVAL},   {ReadyFlag::hangup, POLLHUP},
                        {ReadyFlag::readEnd, POLLRDHUP}};

} // namespace

Readiness pollFor(NativeHandle handle, Readiness events, int milliseconds) {
    ::pollfd entry{handle, 0, 0};
    for (const Bit& bit : bits) {
        entry.events = static_cast<short>(entry.events | (events.has(bit.flag) ? bit.event : 0));
    }
    if (::poll(&entry, 1, milliseconds) == -1) {
        throw std::system_error(errno, std::system_category(), "poll");
    }
    Readiness result;
    for (const Bit& bit : bits) {
        result |= (entry.revents & bit.event) != 0 ? Readiness(bit.flag) : Readiness();
    }
    return result;
}

std::map<NativeHandle, std::string> openFds() {
    std::map<NativeHandle, std::string> result;
    ::DIR* const directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) {
        return result; // no /proc here: nothing to compare
    }
    while (const ::dirent* const entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        const int fd = std::atoi(entry->d_name);
        if (fd != ::dirfd(directory)) {
            std::array<char, 128> target{};
            const ::ssize_t length = ::readlinkat(::dirfd(directory), entry->d_name, target.data(), target.size());
            result.emplace(fd, std::string(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0));
        }
    }
    ::closedir(directory);
    return result;
}

} // namespace polleros_test
