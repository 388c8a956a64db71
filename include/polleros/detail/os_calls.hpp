// SPDX-License-Identifier: MIT
/// @file
/// The seam: every system call of the backends and the waker, as static functions of one type, `detail::OsCalls`. A test
/// puts another type in its place (`BasicEpoll<FaultyCalls>`) and makes any call fail; users never meet it.
///
/// The functions behave like the calls they are named for: -1 and `lastError()`. Which mechanisms this system has is told
/// by macros, because where there is none its types are missing, too: `POLLEROS_HAS_EPOLL`, `POLLEROS_HAS_KQUEUE`.
/// (`POLLEROS_HAS_WEPOLL` is in `os_wepoll.hpp`, which alone may include that library's header.)
#pragma once

#if defined(_WIN32)
#include <polleros/detail/os_windows.hpp>
#elif defined(__linux__)
#include <polleros/detail/os_linux.hpp>
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) ||                     \
    defined(__DragonFly__)
#include <polleros/detail/os_bsd.hpp>
#else
#include <polleros/detail/os_posix.hpp>

POLLEROS_NAMESPACE_BEGIN
namespace detail {
using OsCalls = PosixCalls;
} // namespace detail
POLLEROS_NAMESPACE_END
#endif

#if defined(__linux__)
#define POLLEROS_HAS_EPOLL 1
#else
#define POLLEROS_HAS_EPOLL 0
#endif
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
#define POLLEROS_HAS_KQUEUE 1
#else
#define POLLEROS_HAS_KQUEUE 0
#endif
