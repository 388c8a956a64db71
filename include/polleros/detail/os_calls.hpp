// SPDX-License-Identifier: MIT
/// @file
/// The seam: every system call of the backends and the waker, as static functions of one type. A test puts another
/// type in its place (`BasicEpoll<FaultyCalls>`) and makes any call fail; users never meet it.
///
/// The functions behave like the calls they are named for: -1 and `errno`.
#pragma once

#include <polleros/timeout.hpp>

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// The kernel itself.
struct OsCalls {
    static TimePoint now() noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(Clock::now()); }

    static void sleepMillisecond() noexcept {
        const ::timespec millisecond{0, 1'000'000};
        ::nanosleep(&millisecond, nullptr);
    }

    static int close(int fd) noexcept { return ::close(fd); }
    static int fstat(int fd, struct ::stat* status) noexcept { return ::fstat(fd, status); }
    static ::ssize_t read(int fd, void* bytes, std::size_t size) noexcept { return ::read(fd, bytes, size); }
    static ::ssize_t write(int fd, const void* bytes, std::size_t size) noexcept { return ::write(fd, bytes, size); }

    /// A pipe whose ends are non-blocking and close-on-exec.
    static int pipe(int (&ends)[2]) noexcept {
#if defined(__APPLE__)
        if (::pipe(ends) != 0) {
            return -1;
        }
        for (const int end : ends) {
            if (::fcntl(end, F_SETFD, FD_CLOEXEC) == -1 || ::fcntl(end, F_SETFL, O_NONBLOCK) == -1) {
                const int reason = errno;
                ::close(ends[0]);
                ::close(ends[1]);
                errno = reason;
                return -1;
            }
        }
        return 0;
#else
        return ::pipe2(ends, O_NONBLOCK | O_CLOEXEC);
#endif
    }

#if defined(__linux__)
    static constexpr bool pollIsExact = true;
#else
    static constexpr bool pollIsExact = false;
#endif
    /// poll(2) with the precision the system has: nanoseconds on Linux, else milliseconds rounded up.
    static int poll(::pollfd* entries, std::size_t count, Timeout timeout) noexcept {
        const auto length = static_cast<::nfds_t>(count);
#if defined(__linux__)
        if (timeout.isNever() || timeout.isImmediate()) {
            return ::poll(entries, length, timeout.toMilliseconds());
        }
        const ::timespec limit = toTimespec(timeout);
        return ::ppoll(entries, length, &limit, nullptr);
#else
        return ::poll(entries, length, timeout.toMilliseconds());
#endif
    }

    /// A relative timeout as POSIX spells it, cut to what every system takes.
    static ::timespec toTimespec(Timeout timeout) noexcept {
        constexpr std::int64_t billion = 1'000'000'000;
        constexpr std::int64_t longestSeconds = 86'400; // a day: the poller waits again for the rest
        const std::int64_t left = timeout.remaining(TimePoint{}).count();
        ::timespec limit{};
        limit.tv_sec =
            static_cast<decltype(limit.tv_sec)>(left / billion < longestSeconds ? left / billion : longestSeconds);
        limit.tv_nsec = static_cast<decltype(limit.tv_nsec)>(left % billion);
        return limit;
    }

#if defined(__linux__)
    static int epollCreate() noexcept { return ::epoll_create1(EPOLL_CLOEXEC); }
    static int epollControl(int set, int operation, int fd, ::epoll_event* event) noexcept {
        return ::epoll_ctl(set, operation, fd, event);
    }
    static int epollWait(int set, ::epoll_event* events, int room, int milliseconds) noexcept {
        return ::epoll_wait(set, events, room, milliseconds);
    }
    /// By number: glibc has a wrapper since 2.35 only, musl none.
    static int epollPwait2(int set, ::epoll_event* events, int room, Timeout timeout) noexcept {
#if defined(SYS_epoll_pwait2)
        constexpr long number = SYS_epoll_pwait2;
#else
        constexpr long number = 441; // the same on every architecture
#endif
        const ::timespec limit = toTimespec(timeout);
        // The kernel takes two 64-bit fields on every ABI, also where the C library's timespec is narrower.
        const std::int64_t kernelLimit[2] = {limit.tv_sec, limit.tv_nsec};
        return static_cast<int>(::syscall(number, set, events, room, kernelLimit, nullptr, std::size_t{0}));
    }
    static int eventFd() noexcept { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
#endif
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
