// SPDX-License-Identifier: MIT
#include "support/kqueue/linux.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace polleros_test::kq {

int rawClose(int fd) noexcept {
    return static_cast<int>(::syscall(SYS_close, fd));
}

int rawDup3(int from, int to, int flags) noexcept {
    return static_cast<int>(::syscall(SYS_dup3, from, to, flags));
}

Hidden::~Hidden() {
    if (fd_ >= 0) {
        const int before = errno;
        rawClose(fd_);
        errno = before;
    }
}

Hidden Hidden::movedAway() && noexcept {
    if (fd_ < 0) {
        return {};
    }
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto most = static_cast<int>(std::min<::rlim_t>(limit.rlim_cur, 32'768));
    const int moved = ::fcntl(fd_, F_DUPFD_CLOEXEC, most / 4 * 3);
    // With no room up there it stays where it is.
    return moved >= 0 ? Hidden(moved) : std::move(*this);
}

} // namespace polleros_test::kq
