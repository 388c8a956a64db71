// SPDX-License-Identifier: MIT
// What ends a wait when the first deadline runs out, if the kernel can do that by itself. A backend that can has a type
// `Alarm` of it: a handle that the poller waits for like for its wake handle. Then a wait beside deadlines needs no end
// of its own, and no clock before it; and as deadlines usually move away, the alarm is seldom set anew.
#pragma once

#include <polleros/config.hpp>
#include <polleros/detail/unique_handle.hpp>
#include <polleros/timeout.hpp>

#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Of backends without, and for sources without deadlines.
struct NoAlarm {
    static constexpr bool exists = false;

    /// True if a wait that has no end cannot miss this deadline.
    [[nodiscard]] static bool covers(TimePoint deadline) noexcept { return deadline == noDeadline; }
    static void rang() noexcept {}
};

/// A timer of the system with a descriptor, as Linux has it.
template <class Sys>
class TimerAlarm {
public:
    static constexpr bool exists = true;

    /// It rings at its time, and that may be too early for this deadline, but not too late.
    [[nodiscard]] bool covers(TimePoint deadline) const noexcept { return time_ <= deadline; }
    [[nodiscard]] bool isOpen() const noexcept { return static_cast<bool>(timer_); }
    [[nodiscard]] NativeHandle handle() const noexcept { return timer_.get(); }

    /// False if the system does not give one. Not asked for again then: there would be a call more in every wait.
    [[nodiscard]] bool open() noexcept {
        if (!isRefused_) {
            timer_ = UniqueHandle<Sys>(Sys::timerCreate());
            isRefused_ = !isOpen();
        }
        return !isRefused_;
    }
    void close(bool forGood) noexcept {
        const UniqueHandle<Sys> closed = std::move(timer_);
        time_ = noDeadline;
        isRefused_ = forGood;
    }
    /// Takes back that it has rung. False if the system refuses.
    [[nodiscard]] bool set(TimePoint time) noexcept {
        time_ = Sys::timerSet(timer_.get(), time) == 0 ? time : noDeadline;
        return time_ == time;
    }
    void rang() noexcept { time_ = noDeadline; }

private:
    UniqueHandle<Sys> timer_;
    TimePoint time_ = noDeadline; // not set, or it has rung
    bool isRefused_ = false;
};

template <class B, bool wanted>
struct AlarmFor {
    using Type = NoAlarm;
};
template <class B>
    requires requires { typename B::Alarm; }
struct AlarmFor<B, true> {
    using Type = typename B::Alarm;
};
template <class B, bool wanted>
using AlarmOf = typename AlarmFor<B, wanted>::Type;

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
