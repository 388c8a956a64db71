// SPDX-License-Identifier: MIT
// A descriptor limit, flags of a descriptor.
#pragma once

#include "unit/net/net_support.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace polleros_test {

// No descriptor can be opened while it lives. UBSan opens some when it looks at an object's type: compare error codes
// afterwards.
class NoDescriptors {
public:
    NoDescriptors() {
        static_cast<void>(systemCode(EMFILE).message()); // what a throw does: UBSan remembers the type
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int lowestFree = ::dup(STDERR_FILENO);
        ::close(lowestFree);
        ::rlimit limit = before_;
        limit.rlim_cur = static_cast<::rlim_t>(lowestFree);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    ::rlimit before_{};
};

inline bool isNonBlocking(int fd) {
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

} // namespace polleros_test
