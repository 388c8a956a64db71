// SPDX-License-Identifier: MIT
/// @file
/// Timeout: how long a wait may last. Never, immediately, a duration, or until a point in time.
#pragma once

#include <polleros/config.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <ratio>

POLLEROS_NAMESPACE_BEGIN

using Clock = std::chrono::steady_clock;                                    ///< the clock of deadlines
using TimePoint = std::chrono::time_point<Clock, std::chrono::nanoseconds>; ///< a moment on it

/// No deadline: what a source's `deadline()` returns when it waits for as long as it takes.
inline constexpr TimePoint noDeadline = (TimePoint::max)();

/// How long a wait may last. Any duration converts to one: zero or less polls, what is too long to count is never,
/// fractions of a nanosecond are rounded up. All functions are constant time and safe from any thread; only those
/// that must compare a duration with a point in time read the (real) clock: under a virtual one, as of
/// `backend::Scripted`, compare `deadline(poller.now())` instead.
class Timeout {
    using Nanoseconds = std::chrono::nanoseconds;

public:
    /// Until something happens.
    [[nodiscard]] static constexpr Timeout never() noexcept { return {Kind::never, 0}; }
    /// Not at all: what is ready now is harvested.
    [[nodiscard]] static constexpr Timeout immediately() noexcept { return {Kind::duration, 0}; }

    template <class Rep, class Period>
    constexpr Timeout(std::chrono::duration<Rep, Period> duration) noexcept : Timeout(fromDuration(duration)) {}

    /// Until then; a point in the past polls, `TimePoint::max()` is never.
    constexpr Timeout(TimePoint until) noexcept
        : kind_(until == noDeadline ? Kind::never : Kind::until), nanoseconds_(until.time_since_epoch().count()) {}

    [[nodiscard]] constexpr bool isNever() const noexcept { return kind_ == Kind::never; } ///< waits for ever
    /// Polls: a duration of zero. A point in time is never told to be immediate, even one in the past.
    [[nodiscard]] constexpr bool isImmediate() const noexcept { return kind_ == Kind::duration && nanoseconds_ == 0; }

    /// The moment at which a wait that begins at `now` must end; `TimePoint::max()` for never.
    [[nodiscard]] constexpr TimePoint deadline(TimePoint now) const noexcept {
        if (kind_ == Kind::until) {
            return TimePoint(Nanoseconds(nanoseconds_));
        }
        const std::int64_t start = now.time_since_epoch().count();
        const bool overflows = start > 0 && nanoseconds_ >= (Nanoseconds::max)().count() - start;
        return isNever() || overflows ? noDeadline : now + Nanoseconds(nanoseconds_);
    }

    /// The time left at `now`, never negative; the largest duration for never.
    [[nodiscard]] constexpr Nanoseconds remaining(TimePoint now) const noexcept {
        if (kind_ == Kind::duration) {
            return Nanoseconds(nanoseconds_);
        }
        const TimePoint end = deadline(now);
        if (end == noDeadline) {
            return (Nanoseconds::max)();
        }
        if (end <= now) {
            return Nanoseconds::zero();
        }
        const std::int64_t start = now.time_since_epoch().count(); // a virtual clock may be below zero
        const bool overflows = start < 0 && end.time_since_epoch().count() > (Nanoseconds::max)().count() + start;
        return overflows ? (Nanoseconds::max)() : end - now;
    }

    /// What `poll(2)` and its kin want: whole milliseconds, rounded up so that no wait ends early, at most the
    /// largest `int`, and -1 for never.
    [[nodiscard]] int toMilliseconds() const noexcept {
        return toMilliseconds(kind_ == Kind::until ? read() : TimePoint{});
    }
    /// The same without reading the clock.
    [[nodiscard]] constexpr int toMilliseconds(TimePoint now) const noexcept {
        if (isNever()) {
            return -1;
        }
        constexpr std::int64_t million = 1'000'000;
        constexpr std::int64_t most = 0x7FFF'FFFF;
        const std::int64_t left = remaining(now).count();
        const std::int64_t whole = left / million + (left % million != 0 ? 1 : 0);
        return static_cast<int>(whole < most ? whole : most);
    }

    /// Which of two ends first. A duration and a point in time are compared as if both began now.
    friend std::strong_ordering operator<=>(const Timeout& a, const Timeout& b) noexcept {
        const TimePoint now =
            a.kind_ != b.kind_ && (a.kind_ == Kind::until || b.kind_ == Kind::until) ? read() : TimePoint{};
        return a.deadline(now) <=> b.deadline(now);
    }
    friend bool operator==(const Timeout& a, const Timeout& b) noexcept { return (a <=> b) == 0; }

private:
    enum class Kind : std::uint8_t { never, duration, until };

    constexpr Timeout(Kind kind, std::int64_t nanoseconds) noexcept : kind_(kind), nanoseconds_(nanoseconds) {}

    [[nodiscard]] static TimePoint read() noexcept { return std::chrono::time_point_cast<Nanoseconds>(Clock::now()); }

    template <class Rep, class Period>
    [[nodiscard]] static constexpr Timeout fromDuration(std::chrono::duration<Rep, Period> duration) noexcept {
        // NaN compares false with everything: it polls.
        if (!(duration.count() > Rep{})) {
            return immediately();
        }
        using ToNanoseconds = std::ratio_divide<Period, std::nano>;
        constexpr std::int64_t most = (Nanoseconds::max)().count();
        if constexpr (std::numeric_limits<Rep>::is_integer && ToNanoseconds::den == 1) {
            const auto count = static_cast<std::uintmax_t>(duration.count());
            const bool fits = count < static_cast<std::uintmax_t>(most / ToNanoseconds::num);
            return fits ? Timeout(Kind::duration, static_cast<std::int64_t>(count) * ToNanoseconds::num) : never();
        } else {
            const long double exact =
                static_cast<long double>(duration.count()) * ToNanoseconds::num / ToNanoseconds::den;
            if (exact >= 9.2e18L) {
                return never();
            }
            const auto whole = static_cast<std::int64_t>(exact);
            return {Kind::duration, static_cast<long double>(whole) < exact ? whole + 1 : whole};
        }
    }

    Kind kind_;
    std::int64_t nanoseconds_;
};

/// The one that ends first; the first of two equal ones.
[[nodiscard]] inline Timeout earliest(const Timeout& a, const Timeout& b) noexcept {
    return b < a ? b : a;
}

POLLEROS_NAMESPACE_END
