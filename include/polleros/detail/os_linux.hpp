// SPDX-License-Identifier: MIT
/// @file
/// The seam on Linux: the calls of POSIX, epoll(7), eventfd(2), and a poll(2) that counts nanoseconds.
#pragma once

#include <polleros/detail/os_posix.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct OsCalls : PosixCalls {
    static constexpr bool pollIsExact = true;
    static int poll(::pollfd* entries, std::size_t count, Timeout timeout) noexcept {
        if (timeout.isNever() || timeout.isImmediate()) {
            return PosixCalls::poll(entries, count, timeout);
        }
        const ::timespec limit = toTimespec(timeout);
        return ::ppoll(entries, static_cast<::nfds_t>(count), &limit, nullptr);
    }

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
    /// On the clock of now().
    static int timerCreate() noexcept { return ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }
    static int timerSet(int timer, TimePoint when) noexcept {
        constexpr std::int64_t billion = 1'000'000'000;
        const std::int64_t time = when.time_since_epoch().count();
        const std::int64_t set = time > 0 ? time : 1; // 0 would mean never
        constexpr std::int64_t latest = 0x7FFF'FFFF;  // where seconds have 32 bits; it may ring too early
        ::itimerspec setting{};
        setting.it_value.tv_sec =
            static_cast<decltype(setting.it_value.tv_sec)>(set / billion < latest ? set / billion : latest);
        setting.it_value.tv_nsec = static_cast<decltype(setting.it_value.tv_nsec)>(set % billion);
        return ::timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, nullptr);
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
