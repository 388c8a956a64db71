// SPDX-License-Identifier: MIT
// What the workloads are made of: descriptors that close themselves.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {

// A benchmark that cannot do its work has nothing to say.
inline void require(bool condition, const char* what) {
    if (!condition) {
        std::perror(what);
        std::abort();
    }
}

class Descriptor {
public:
    explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() {
        if (fd_ != -1) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

[[nodiscard]] inline Descriptor makeEventFd(unsigned value) {
    Descriptor made(::eventfd(value, EFD_NONBLOCK | EFD_CLOEXEC));
    require(made.get() != -1, "eventfd");
    return made;
}

// What is written to `out` can be read from `in`; of an eventfd the two are one.
struct Channel {
    Descriptor reader;
    Descriptor writer; // of a pipe or a pair
    [[nodiscard]] int in() const noexcept { return reader.get(); }
    [[nodiscard]] int out() const noexcept { return writer.get() == -1 ? reader.get() : writer.get(); }
};

enum class Kind { eventFd, pipe, pair };

[[nodiscard]] inline Channel makeChannel(Kind kind) {
    if (kind == Kind::eventFd) {
        return {makeEventFd(0), Descriptor()};
    }
    int ends[2];
    const int made = kind == Kind::pipe ? ::pipe2(ends, O_NONBLOCK | O_CLOEXEC)
                                        : ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
    require(made == 0, "pipe or socketpair");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

[[nodiscard]] inline std::vector<Channel> makeChannels(std::size_t count, Kind kind) {
    std::vector<Channel> made;
    made.reserve(count);
    while (made.size() < count) {
        made.push_back(makeChannel(kind));
    }
    return made;
}

// Eight bytes do for all three kinds.
inline void put(int fd) {
    const std::uint64_t one = 1;
    require(::write(fd, &one, sizeof one) == sizeof one, "write");
}
inline void take(int fd) {
    std::uint64_t value = 0;
    require(::read(fd, &value, sizeof value) == sizeof value, "read");
}

// Room for `channels` and some descriptors more, if the machine gives it; for how many channels there is.
[[nodiscard]] inline std::size_t allowDescriptors(std::size_t channels) {
    constexpr std::size_t others = 100;
    ::rlimit limit{};
    require(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    if (limit.rlim_cur < channels + others) {
        limit.rlim_cur = std::min<::rlim_t>(limit.rlim_max, channels + others);
        require(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    }
    return std::min<std::size_t>(limit.rlim_cur - others, channels);
}

} // namespace bench
