// SPDX-License-Identifier: MIT
// What macOS and the BSDs say about handles: poll(2) of what all of them know, and kqueue(2) of half-closes, which few
// tell by poll.
#include "support/fds.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

namespace polleros_test {
namespace {

using polleros::Readiness;
using polleros::ReadyFlag;

struct Bit {
    ReadyFlag flag;
    short event;
};
constexpr Bit bits[] = {{ReadyFlag::read, POLLIN},   {ReadyFlag::priority, POLLPRI}, {ReadyFlag::write, POLLOUT},
                        {ReadyFlag::error, POLLERR}, {ReadyFlag::error, POLLNVAL},   {ReadyFlag::hangup, POLLHUP}};

int must(int result, const char* what) {
    if (result == -1) {
        throw std::system_error(errno, std::system_category(), what);
    }
    return result;
}

// Waits for the end of the stream behind whatever is unread.
Readiness pollForEnd(NativeHandle handle, int milliseconds) {
    const Fd set(must(::kqueue(), "kqueue"));
    struct ::kevent end{};
    end.ident = static_cast<decltype(end.ident)>(handle);
    end.filter = EVFILT_READ;
    end.flags = EV_ADD | EV_CLEAR;
    must(::kevent(set.get(), &end, 1, nullptr, 0, nullptr), "kevent");
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) {
        const auto left = std::max(until - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{});
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        ::timespec limit{};
        limit.tv_sec = static_cast<decltype(limit.tv_sec)>(seconds.count());
        limit.tv_nsec = static_cast<decltype(limit.tv_nsec)>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count());
        if (must(::kevent(set.get(), nullptr, 0, &end, 1, &limit), "kevent") == 0) {
            return {};
        }
        if ((end.flags & EV_EOF) != 0) {
            return end.fflags != 0 ? ReadyFlag::readEnd | ReadyFlag::error : Readiness(ReadyFlag::readEnd);
        }
    }
}

} // namespace

Readiness pollFor(NativeHandle handle, Readiness events, int milliseconds) {
    if (events == Readiness(ReadyFlag::readEnd)) {
        return pollForEnd(handle, milliseconds);
    }
    ::pollfd entry{};
    entry.fd = handle;
    for (const Bit& bit : bits) {
        entry.events = static_cast<short>(entry.events | (events.has(bit.flag) ? bit.event : 0));
    }
    must(::poll(&entry, 1, milliseconds), "poll");
    Readiness result;
    for (const Bit& bit : bits) {
        result |= (entry.revents & bit.event) != 0 ? Readiness(bit.flag) : Readiness();
    }
    return result;
}

// By trying: /dev/fd is not the whole truth on all of them.
std::map<NativeHandle, std::string> openFds() {
    std::map<NativeHandle, std::string> result;
    const int limit = static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 20'000L));
    for (int fd = 0; fd < limit; ++fd) {
        struct ::stat status{};
        if (::fstat(fd, &status) == 0) {
            result.emplace(fd, "mode " + std::to_string(status.st_mode) + ", node " + std::to_string(status.st_ino));
        }
    }
    return result;
}

} // namespace polleros_test
