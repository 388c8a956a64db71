// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>

#include <cstdlib>
#include <string_view>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

// Microsoft warns of getenv(), whose answer another thread could change. Nobody keeps it here.
#if defined(_MSC_VER) && defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#elif defined(_MSC_VER)
#pragma warning(push)
#pragma warning(disable : 4996)
#endif

/// What this environment variable says; empty if there is none.
[[nodiscard]] inline std::string_view environment(const char* name) noexcept {
    const char* const value = std::getenv(name);
    return value != nullptr ? std::string_view(value) : std::string_view();
}

#if defined(_MSC_VER) && defined(__clang__)
#pragma clang diagnostic pop
#elif defined(_MSC_VER)
#pragma warning(pop)
#endif

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
