// SPDX-License-Identifier: MIT
// How it stands with a poller, what a wait may bring, and which handles are the poller's own.
#pragma once

#include <polleros/flag_set.hpp>

#include <cstdint>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// How it stands with a poller, in one word: a wait looks at it once, and begins with a new one.
enum class Condition : std::uint16_t {
    // In the middle of something, that a call from there has to respect.
    asking = 1U << 0,     ///< a source is being asked what it wants
    iterating = 1U << 1,  ///< over what was reported
    destroying = 1U << 2, ///< a source, or saying farewell to it
    closing = 1U << 3,    ///< the poller itself is being destroyed
    // To be seen to before the next wait.
    impaired = 1U << 4, ///< broken, or the wake handle is not in the kernel's set
    prepared = 1U << 5, ///< an outer loop waits: the first change wakes it
    retired = 1U << 6,  ///< there are places to free, which references may have been held to
    // Since the last wait began.
    handedOut = 1U << 7, ///< what it reported
    evicted = 1U << 8,   ///< an owner has lost its handle, and must be told
    rebuilt = 1U << 9,   ///< the kernel's set
    timeKnown = 1U << 10 ///< when it ended
};

/// What a wait may bring besides activity.
enum class Oddity : std::uint8_t {
    waker = 1U << 0, ///< the wake handle is ready
    stale = 1U << 1, ///< a registration has spoken that the process has forgotten
    alarm = 1U << 2, ///< the alarm has rung
};

/// The handles that a poller has for itself.
enum class Own : std::uint8_t { wake, alarm };

} // namespace detail

template <>
inline constexpr bool isFlag<detail::Condition> = true;
template <>
inline constexpr bool isFlag<detail::Oddity> = true;

POLLEROS_NAMESPACE_END
/// @endcond
