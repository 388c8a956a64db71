// SPDX-License-Identifier: MIT
/// @file
/// backend::ScriptedKernel: the world that scripted pollers live in: handles, what they are ready for, and time.
#pragma once

#include <polleros/detail/scripted_parts.hpp>
#include <polleros/detail/scripted_tables.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

class ScriptedBackend;

/// The world of scripted pollers. While it lives, the pollers that its thread makes live in it, and must end before it.
/// A poller made without one has a world of its own, `poller.backend().kernel()`: too short-lived for sources that
/// close their handles when the poller ends.
///
/// Scheduled actions run inside waits. They may call anything here but `advance`, and wake, but not a poller, and may
/// not throw.
class ScriptedKernel {
public:
    static constexpr TimePoint start{std::chrono::hours(1000)}; ///< what the clock shows at first

    ScriptedKernel() noexcept : ScriptedKernel(true) {} ///< nothing is open
    ScriptedKernel(const ScriptedKernel&) = delete;
    ScriptedKernel& operator=(const ScriptedKernel&) = delete;
    ~ScriptedKernel() {
        POLLEROS_ASSERT(sets_ == 0, "a scripted kernel has to outlive its pollers");
        if (current == this) {
            current = outer_;
        }
    }

    /// @name Handles
    /// Plain numbers from 3 upwards; the lowest free one comes first, so that a closed number comes back at once.
    /// @{
    [[nodiscard]] NativeHandle openHandle(Readiness ready = {}) { return tables_.open(ready, true); }
    /// One that cannot be waited for, as a regular file: its add fails with EPERM.
    [[nodiscard]] NativeHandle openUnpollable() { return tables_.open({}, false); }
    /// Another number for the same open file, as dup(2): it keeps the file, and on a kernel that keys by file also its
    /// registrations, alive when the first number is closed. Readiness belongs to the file.
    [[nodiscard]] NativeHandle duplicate(NativeHandle handle) {
        POLLEROS_ASSERT(isOpen(handle), "only what is open can be duplicated");
        return tables_.duplicate(handle);
    }
    /// The same under a number of choice, as dup2(2): what was open there is closed first.
    void duplicateTo(NativeHandle handle, NativeHandle number) {
        POLLEROS_ASSERT(isOpen(handle) && isSet(number), "only what is open can be duplicated");
        tables_.duplicateTo(handle, number);
    }
    /// False if it was not open.
    bool close(NativeHandle handle) {
        const bool wasOpen = isOpen(handle);
        tables_.close(handle);
        return wasOpen;
    }
    [[nodiscard]] bool isOpen(NativeHandle handle) const noexcept { return tables_.isOpen(handle); }
    /// @}

    /// @name Readiness
    /// @{
    /// Adds to what the handle is ready for. To those who asked for edges every call is one.
    void setReady(NativeHandle handle, Readiness more) {
        POLLEROS_ASSERT(isOpen(handle), "a closed handle cannot become ready");
        if (isOpen(handle)) {
            tables_.setReady(handle, more);
        }
    }
    /// Takes away from it, by default everything.
    void clearReady(NativeHandle handle, Readiness less = Readiness::fromBits(0xFF)) noexcept {
        tables_.clearReady(handle, less);
    }
    [[nodiscard]] Readiness readinessOf(NativeHandle handle) const noexcept { return tables_.stateOf(handle); }
    /// @}

    /// @name Time
    /// @{
    /// Moves the clock; scheduled actions run on the way, each at its own time.
    void advance(std::chrono::nanoseconds duration) {
        POLLEROS_ASSERT(!clock_.isRunningAction(), "time cannot be moved from inside an action");
        const TimePoint target = Timeout(duration).deadline(now());
        for (clock_.runDue(); clock_.nextAction() < target; clock_.runDue()) {
            clock_.moveTo(clock_.nextAction());
        }
        clock_.moveTo(target);
        clock_.runDue();
    }
    /// Runs the action when the clock reaches `time`, in a wait or in `advance`: at equal times in the order in which
    /// they were scheduled; in the next wait if the time has passed.
    void at(TimePoint time, std::function<void()> action) { clock_.at(time, std::move(action)); }
    void after(std::chrono::nanoseconds duration, std::function<void()> action) {
        at(Timeout(duration).deadline(now()), std::move(action));
    }
    [[nodiscard]] TimePoint now() const noexcept { return clock_.now(); } ///< the virtual clock
    /// @}

private:
    friend class ScriptedBackend;

    explicit ScriptedKernel(bool forOthers) noexcept : outer_(current) {
        if (forOthers) {
            current = this;
        }
    }

    static inline thread_local ScriptedKernel* current = nullptr;

    ScriptedKernel* outer_;
    std::size_t sets_ = 0;
    detail::ScriptedTables tables_;
    detail::ScriptedClock clock_{start};
};

} // namespace backend

POLLEROS_NAMESPACE_END
