// SPDX-License-Identifier: MIT
// What a Dispatcher knows of one handle.
#pragma once

#include <polleros/detail/writable_interval.hpp>
#include <polleros/event.hpp>
#include <polleros/source.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A handle, what it is watched for, and who is told; it states to the poller what follows from it.
struct Registration {
    static constexpr bool intentIsLocal = true;

    // First what every event looks at: close to the channel's own, it is a line of the cache less.
    NativeHandle number;
    EventKinds kinds; // that are still to come
    bool keepHalfOpen;
    bool throttled = false;
    std::uint64_t serial; // of the registration: never used again
    Handler handler;      // empty while it is called
    std::chrono::nanoseconds interval;
    TimePoint throttledUntil = noDeadline;

    [[nodiscard]] bool reads() const noexcept { return kinds.has(EventKind::readable); }
    [[nodiscard]] bool writes() const noexcept { return kinds.has(EventKind::writable); }

    [[nodiscard]] NativeHandle handle() const noexcept { return number; }
    // Alone, `hangup` is only for who asks for nothing else: beside data that nobody reads it would end every wait.
    [[nodiscard]] Triggers triggers() const noexcept {
        return when(reads(), Trigger::recv | Trigger::hangup) | when(writes() && !throttled, Trigger::send) |
               when(kinds == EventKind::error, Trigger::hangup);
    }
    [[nodiscard]] TimePoint deadline() const noexcept { return writes() && throttled ? throttledUntil : noDeadline; }

    void throttle(TimePoint now) noexcept {
        if (interval.count() > 0) {
            throttled = true;
            throttledUntil = nextWritable(now, interval);
        }
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
