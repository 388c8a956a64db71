// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>
#include <polleros/detail/windows_headers.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Starts Winsock once, for as long as the process lives: a socket may be closed by the destructor of a static object,
/// after everything that could have stopped it. What it costs then ends with the process.
[[nodiscard]] inline int startWinsock() noexcept {
    static const int result = [] {
        ::WSADATA ignored;
        return ::WSAStartup(MAKEWORD(2, 2), &ignored);
    }();
    return result;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
