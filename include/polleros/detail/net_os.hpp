// SPDX-License-Identifier: MIT
/// @file
/// The seam below net/: every system call it makes, as static functions of one type, and the only place where it asks
/// which system this is. The algorithms above are templates over it, so a test can make any call fail, or let the
/// world change between two of them. Another system is another NetCalls with the same names.
///
/// Functions return what the calls they are named for do: -1, or invalidHandle, and then `lastError()`.
#pragma once

#if defined(_WIN32)
#include <polleros/detail/net_windows.hpp>
#else
#include <polleros/detail/net_posix.hpp>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Where a call may be asked again it is, this often at most: bounded whatever the system does.
inline constexpr int mostTries = 16;

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
