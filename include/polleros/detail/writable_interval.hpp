// SPDX-License-Identifier: MIT
// How often a Dispatcher tells `writable`.
#pragma once

#include <polleros/detail/bounds.hpp>
#include <polleros/detail/environment.hpp>
#include <polleros/timeout.hpp>

#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

inline constexpr std::chrono::milliseconds usualWritableInterval{50};

/// The interval that this text means, between 5 and 5000 ms; the usual one if it is no number, or empty.
[[nodiscard]] inline std::chrono::milliseconds writableIntervalOf(std::string_view text) noexcept {
    long long count = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (end != text.data() + text.size() || ec == std::errc::invalid_argument) {
        return usualWritableInterval;
    }
    const bool isHuge = ec == std::errc::result_out_of_range;
    const long long meant = isHuge ? (text.front() == '-' ? 5 : 5000) : count;
    return std::chrono::milliseconds(clamped(meant, 5LL, 5000LL));
}

/// As the environment says at this moment.
[[nodiscard]] inline std::chrono::milliseconds writableIntervalOfEnvironment() noexcept {
    return writableIntervalOf(environment("POLLEROS_WRITABLE_INTERVAL_MS"));
}

/// When that which is told now may be told again: not sooner than an interval from now, and at a moment that many share,
/// so that they wake the loop once.
[[nodiscard]] inline TimePoint nextWritable(TimePoint now, std::chrono::nanoseconds interval) noexcept {
    const TimePoint soonest = Timeout(interval).deadline(now);
    const auto grid = smaller<std::chrono::nanoseconds>(interval / 10, std::chrono::milliseconds(5));
    const auto past = grid.count() > 0 ? soonest.time_since_epoch() % grid : grid;
    if (past.count() == 0 || soonest > noDeadline - grid) {
        return soonest;
    }
    return soonest - past + (past.count() > 0 ? grid : grid.zero()); // a virtual clock may be below zero
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
