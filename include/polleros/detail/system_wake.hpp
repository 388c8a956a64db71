// SPDX-License-Identifier: MIT
#pragma once

#if defined(_WIN32)
#include <polleros/detail/socket_wake.hpp>
#else
#include <polleros/detail/posix_wake.hpp>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// How a backend without a wake of its own is woken: by a handle that is level-triggered.
#if defined(_WIN32)
template <class Sys>
using SystemWake = SocketWake<Sys>;
#else
template <class Sys>
using SystemWake = PosixWake<Sys, false>;
#endif

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
