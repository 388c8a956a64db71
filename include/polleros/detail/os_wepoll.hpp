// SPDX-License-Identifier: MIT
/// @file
/// The seam over the wepoll library, where its header is found, and the only file that includes it: it defines what
/// Linux defines, with other values.
#pragma once

#include <polleros/detail/os_calls.hpp>

#if defined(_WIN32) && __has_include(<wepoll.h>)
#define POLLEROS_HAS_WEPOLL 1
#include <wepoll.h>
#else
#define POLLEROS_HAS_WEPOLL 0
#endif

#if POLLEROS_HAS_WEPOLL
/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// wepoll sets errno, too, but the reasons in it are those of a C library: `lastError()` is Windows's own.
struct WepollCalls : OsCalls {
    static DWORD thread() noexcept { return ::GetCurrentThreadId(); }
    static HANDLE wepollCreate() noexcept { return ::epoll_create1(0); }
    static int wepollClose(HANDLE set) noexcept { return ::epoll_close(set); }
    static int wepollControl(HANDLE set, int operation, NativeHandle handle, ::epoll_event* event) noexcept {
        return ::epoll_ctl(set, operation, handle, event);
    }
    static int wepollWait(HANDLE set, ::epoll_event* events, int room, int milliseconds) noexcept {
        return ::epoll_wait(set, events, room, milliseconds);
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
#endif
