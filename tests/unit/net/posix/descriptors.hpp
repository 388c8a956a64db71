// SPDX-License-Identifier: MIT
// A descriptor limit, a folder, flags of a descriptor.
#pragma once

#include "unit/net/net_support.hpp"

#include <cstdlib>
#include <string>

#include <dirent.h>
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

// A folder of its own, removed with the files in it.
class Folder {
public:
    Folder() {
        if (::mkdtemp(path_) == nullptr) {
            std::abort();
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        if (::DIR* const folder = ::opendir(path_)) {
            while (const ::dirent* const entry = ::readdir(folder)) {
                ::unlink((*this / static_cast<const char*>(entry->d_name)).c_str());
            }
            ::closedir(folder);
        }
        ::rmdir(path_);
    }

    std::string operator/(const std::string& name) const { return std::string(path_) + "/" + name; }

private:
    char path_[32] = "/tmp/polleros-net-XXXXXX";
};

inline bool isNonBlocking(int fd) {
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

} // namespace polleros_test
