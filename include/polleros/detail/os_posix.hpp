// SPDX-License-Identifier: MIT
/// @file
/// The system calls that POSIX systems share, as a part of the seam; see `os_calls.hpp`.
#pragma once

#include <polleros/handle.hpp>
#include <polleros/timeout.hpp>

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct PosixCalls {
    static TimePoint now() noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(Clock::now()); }

    static void sleepMillisecond() noexcept {
        const ::timespec millisecond{0, 1'000'000};
        ::nanosleep(&millisecond, nullptr);
    }

    static int lastError() noexcept { return errno; }

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

    /// @name poll
    /// @{
    using PollEntry = ::pollfd;
    static constexpr short pollRead = POLLIN;
    static constexpr short pollWrite = POLLOUT;
    static constexpr short pollPriority = POLLPRI;
#if defined(POLLRDHUP)
    static constexpr short pollReadEnd = POLLRDHUP;
#else
    static constexpr short pollReadEnd = 0;
#endif
    static constexpr short pollError = POLLERR;
    static constexpr short pollHangup = POLLHUP;
    static constexpr short pollInvalid = POLLNVAL;
    static constexpr int pollInvalidError = EBADF;
    static constexpr bool pollTellsHalfClose = pollReadEnd != 0; ///< to who asks for nothing else
    static constexpr bool pollIsExact = false;

    /// poll(2), to the millisecond, rounded up.
    static int poll(::pollfd* entries, std::size_t count, Timeout timeout) noexcept {
        return ::poll(entries, static_cast<::nfds_t>(count), timeout.toMilliseconds());
    }
    /// @}

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
};

/// What speaks against waiting for this handle, as a code of the system; 0 if nothing does: what epoll's kernel would
/// say of it.
template <class Sys>
[[nodiscard]] int refusalOf(NativeHandle handle) noexcept {
    struct ::stat status{};
    if (Sys::fstat(handle, &status) != 0) {
        return Sys::lastError();
    }
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode) ? EPERM : 0;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
