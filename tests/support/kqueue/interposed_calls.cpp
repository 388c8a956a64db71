// SPDX-License-Identifier: MIT
// close(), dup2() and dup3() of the whole executable: a knote dies with its descriptor's number, and only who closes the
// number knows. Without a queue they are the system calls and one load more.
#include "support/kqueue/linux.hpp"
#include "support/kqueue/queues.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#if defined(__GLIBC__)
#define POLLEROS_LIBC_NOEXCEPT noexcept
#else
#define POLLEROS_LIBC_NOEXCEPT
#endif

using namespace polleros_test::kq;

namespace {

// The number `to` gets a new owner. Under one lock: in between, the number would be free for a knote of somebody else's.
int replace(int from, int to, int flags) noexcept {
    if (!Queues::any()) {
        return rawDup3(from, to, flags);
    }
    const Locked locked;
    if (from != to && ::fcntl(from, F_GETFD) != -1) {
        Queues::all().closing(to);
    }
    return rawDup3(from, to, flags);
}

} // namespace

extern "C" int close(int fd) {
    if (!Queues::any()) {
        return rawClose(fd);
    }
    const Locked locked;
    Queues::all().closing(fd);
    return rawClose(fd);
}

extern "C" int dup2(int from, int to) POLLEROS_LIBC_NOEXCEPT {
    if (from != to) {
        return replace(from, to, 0);
    }
    return ::fcntl(from, F_GETFD) != -1 ? to : -1;
}

extern "C" int dup3(int from, int to, int flags) POLLEROS_LIBC_NOEXCEPT {
    return replace(from, to, flags);
}
