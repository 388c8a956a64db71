// SPDX-License-Identifier: MIT
// min, max and clamp of numbers. `<algorithm>` has them, and with them an eighth of all lines that a file had to read
// which includes the front door.
#pragma once

#include <polleros/config.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

template <class T>
[[nodiscard]] constexpr T smaller(T a, T b) noexcept {
    return b < a ? b : a;
}
template <class T>
[[nodiscard]] constexpr T larger(T a, T b) noexcept {
    return a < b ? b : a;
}
template <class T>
[[nodiscard]] constexpr T clamped(T value, T least, T most) noexcept {
    return value < least ? least : most < value ? most : value;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
