// SPDX-License-Identifier: MIT
/// @file
/// The seam on macOS and the BSDs: the calls of POSIX, and kqueue(2) with its constants, which differ in value and type
/// from system to system.
#pragma once

#include <polleros/detail/os_posix.hpp>

#include <cstdint>
#include <type_traits>

#include <sys/event.h>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct OsCalls : PosixCalls {
    using Kevent = struct ::kevent;
    using KeventFilter = decltype(Kevent::filter);
    using KeventFlags = decltype(Kevent::flags);

    static constexpr auto readFilter = static_cast<KeventFilter>(EVFILT_READ);
    static constexpr auto writeFilter = static_cast<KeventFilter>(EVFILT_WRITE);
#if defined(EVFILT_USER) && defined(NOTE_TRIGGER)
    static constexpr bool hasUserFilter = true;
    static constexpr auto userFilter = static_cast<KeventFilter>(EVFILT_USER);
    static constexpr std::uint32_t noteTrigger = NOTE_TRIGGER;
#else // NetBSD before 10, OpenBSD before 7.8
    static constexpr bool hasUserFilter = false;
    static constexpr KeventFilter userFilter = 0;
    static constexpr std::uint32_t noteTrigger = 0;
#endif
#if defined(EVFILT_EXCEPT) && defined(NOTE_OOB) // macOS, OpenBSD, DragonFly
    static constexpr bool hasExceptFilter = true;
    static constexpr auto exceptFilter = static_cast<KeventFilter>(EVFILT_EXCEPT);
    static constexpr std::uint32_t noteOob = NOTE_OOB;
#else
    static constexpr bool hasExceptFilter = false;
    static constexpr KeventFilter exceptFilter = 0;
    static constexpr std::uint32_t noteOob = 0;
#endif

    static constexpr auto evAdd = static_cast<KeventFlags>(EV_ADD);
    static constexpr auto evDelete = static_cast<KeventFlags>(EV_DELETE);
    static constexpr auto evEnable = static_cast<KeventFlags>(EV_ENABLE);
    static constexpr auto evDisable = static_cast<KeventFlags>(EV_DISABLE);
    static constexpr auto evClear = static_cast<KeventFlags>(EV_CLEAR);
    static constexpr auto evReceipt = static_cast<KeventFlags>(EV_RECEIPT);
    static constexpr auto evEof = static_cast<KeventFlags>(EV_EOF);
    static constexpr auto evError = static_cast<KeventFlags>(EV_ERROR);

#if defined(__NetBSD__) || defined(__OpenBSD__)
    static constexpr bool countsTicks = true; ///< timeouts are rounded up to the kernel's clock
#else
    static constexpr bool countsTicks = false;
#endif

    static_assert(std::is_same_v<decltype(Kevent::ident), std::uintptr_t> && sizeof(Kevent::fflags) == 4 &&
                  sizeof(Kevent::data) >= sizeof(int) && sizeof(Kevent::udata) == sizeof(void*));
#if defined(__NetBSD__)
    static_assert(std::is_unsigned_v<KeventFilter> && sizeof(KeventFilter) == 4 && sizeof(KeventFlags) == 4);
#else
    static_assert(std::is_signed_v<KeventFilter> && sizeof(KeventFilter) == 2 && sizeof(KeventFlags) == 2);
#endif

    /// Close-on-exec. A forked child has no kqueue of its parent's, so nothing is lost between the two calls.
    static int kqueue() noexcept {
        const int queue = ::kqueue();
        if (queue != -1 && ::fcntl(queue, F_SETFD, FD_CLOEXEC) == -1) {
            const int reason = errno;
            ::close(queue);
            errno = reason;
            return -1;
        }
        return queue;
    }
    /// Without a limit it waits for ever.
    static int kevent(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        return counted(&::kevent, queue, changes, changeCount, events, room, limit);
    }

private:
    /// Counts are `int` on most systems, `size_t` on NetBSD.
    template <class Count>
    static int counted(int (*call)(int, const Kevent*, Count, Kevent*, Count, const ::timespec*), int queue,
                       const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                       const ::timespec* limit) noexcept {
        return call(queue, changes, static_cast<Count>(changeCount), events, static_cast<Count>(room), limit);
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
