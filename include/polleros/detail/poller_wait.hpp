// SPDX-License-Identifier: MIT
// The bodies of Poller that wait.
#pragma once

#include <polleros/detail/bounds.hpp>
#include <polleros/poller.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

/// True, and no error, if nothing is in the way of a wait: looked at together, because it is asked before each.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::mayWait(std::error_code& ec) noexcept {
    return (!impaired_ && !isForked() && !core_.mayNotWait()) || mayWaitAllTheSame(ec);
}

template <class B, class S>
POLLEROS_NEVER_INLINE bool Poller<B, S>::mayWaitAllTheSame(std::error_code& ec) noexcept {
    POLLEROS_ASSERT(!core_.mayNotWait(),
                    "waiting inside an iteration, a farewell, a destructor or a source's function");
    ec = usable();
    if (!ec && core_.mayNotWait()) {
        ec = errorCode(Errc::reentrant);
    }
    if (!ec) { // better no wait than one that nobody can end
        ec = recoverWake();
    }
    if (ec && ec != Errc::reentrant) {
        core_.reportNothing();
    }
    return !ec;
}

/// Inlined where it is called, of which a program has few places: there the timeout is known, and what is not asked of
/// the result costs nothing. That was a quarter of what a wait for one event cost beside the kernel.
template <class B, class S>
POLLEROS_ALWAYS_INLINE WaitResult Poller<B, S>::waitTriggers(Timeout timeout, std::error_code& ec) noexcept {
    const auto call = core_.enter();
    if (ec) {
        ec.clear();
    }
    if (!mayWait(ec)) [[unlikely]] {
        return {};
    }
    ++core_.stats().waits;
    rebuilt_ = prepared_ = false;
    core_.wakeOnChange(nullptr);
    core_.reconcile(backend_);

    // A wait that never ends, or ends at once, needs no clock; if there are deadlines, it needs an alarm.
    const bool endless = timeout.isNever() && (!HasDeadline<S> || alarm_.covers(core_.nextDeadline()));
    if (endless || (!HasDeadline<S> && timeout.isImmediate())) {
        waitTimeIsOld_ = true;
        const bool blocks = endless && core_.reported() == 0 && arm();
        WaitResult result;
        bool hasNews = turn(blocks ? Timeout::never() : Timeout::immediately(), result, ec);
        if (Alarm::exists && alarmRang_ && !ec) [[unlikely]] {
            waitTime_ = backend_.now();
            waitTimeIsOld_ = false;
            expire();
            hasNews = core_.reported() != 0 || result.woken;
        }
        if (hasNews) [[likely]] {
            return finish(result);
        }
        if (ec || timeout.isImmediate()) {
            result.timedOut = !ec;
            return finish(result);
        }
    }
    return waitInTurns(timeout, ec);
}

/// One wait of the kernel, and what it has brought. True if there is something to tell the user.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::turn(Timeout timeout, WaitResult& result, std::error_code& ec) noexcept {
    ++core_.stats().kernelWaits;
    if constexpr (Alarm::exists) {
        alarmRang_ = false;
    }
    const std::size_t count = backend_.wait(timeout, ec);
    if (count == 0 && ec) [[unlikely]] {
        if (detail::meaningOf(ec) != detail::Meaning::interrupted) {
            return false; // a wake stays pending for the next wait
        }
        ec.clear();
    }
    const auto oddities = core_.harvest(backend_, count);
    if (wake_ != nullptr) {
        result.woken |= disarm(oddities.has(detail::Oddity::waker));
    }
    if constexpr (Alarm::exists) {
        alarmRang_ = oddities.has(detail::Oddity::alarm);
        if (alarmRang_) [[unlikely]] {
            alarm_.rang();
        }
    }
    if (oddities.has(detail::Oddity::stale)) [[unlikely]] {
        result.handleReplaced |= rebuild();
        if (impaired_) {
            ec = recoverWake();
            if (ec) { // else nobody could end this wait
                return false;
            }
        }
    }
    if (core_.reported() == 0) [[unlikely]] {
        const unsigned ours = (oddities.has(detail::Oddity::waker) ? 1U : 0U) + (alarmRang_ ? 1U : 0U);
        core_.stats().fruitlessWaits += count > ours ? 1U : 0U;
        return result.woken;
    }
    return true;
}

/// A wait with an end, or whose first turn has brought nothing.
template <class B, class S>
POLLEROS_NEVER_INLINE WaitResult Poller<B, S>::waitInTurns(Timeout timeout, std::error_code& ec) noexcept {
    WaitResult result;
    result.handleReplaced = rebuilt_;
    const bool polls = timeout.isImmediate();
    const bool timed = HasDeadline<S> || !(polls || timeout.isNever());
    waitTimeIsOld_ = !timed;
    if (timed) {
        waitTime_ = backend_.now();
    }
    const TimePoint end = timed ? timeout.deadline(waitTime_) : noDeadline;

    for (;;) {
        const TimePoint next = HasDeadline<S> ? detail::smaller<TimePoint>(end, core_.nextDeadline()) : end;
        const bool blocks = !polls && core_.reported() == 0 && (next == noDeadline || next > waitTime_) && arm();
        const Timeout step = !blocks              ? Timeout::immediately()
                             : next == noDeadline ? Timeout::never()
                                                  : Timeout(Timeout(next).remaining(waitTime_));
        if (Alarm::exists && blocks && end == noDeadline && !alarm_.covers(next)) {
            setAlarm(next); // the next wait has no need of an end
        }
        const bool hasNews = turn(step, result, ec);
        if (ec) {
            return finish(result);
        }
        waitTimeIsOld_ |= blocks;
        if (timed && blocks && !hasNews) {
            waitTime_ = backend_.now();
            waitTimeIsOld_ = false;
        }
        expire();
        if (core_.reported() != 0 || result.woken) {
            return finish(result);
        }
        if (polls || (timed && end <= waitTime_)) {
            result.timedOut = true;
            return finish(result);
        }
    }
}

/// Before a wait that blocks. False if there was a wake: then it must not.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::arm() noexcept {
    return wake_ == nullptr || wake_->state.arm();
}

/// After a wait of a poller that can be woken. True if there was a wake.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::disarm(bool signalled) noexcept {
    if (signalled) {
        wake_->signalHandle().drain(); // before looking: what comes after it signals anew
    }
    if (wake_->state.disarm()) {
        ++core_.stats().wakes;
        return true;
    }
    core_.stats().lateWakes += signalled ? 1U : 0U; // its wake was reported before its signal arrived
    return false;
}

template <class B, class S>
void Poller<B, S>::expire() noexcept {
    if constexpr (HasDeadline<S>) {
        if (core_.nextDeadline() <= waitTime_) {
            core_.expire(waitTime_, detail::larger<std::size_t>(options_.maxEvents, 1));
        }
    }
}

/// The kernel holds a registration that the process cannot name any more, because a duplicate keeps its file open. Only
/// a new set is rid of it. True if there is one.
template <class B, class S>
POLLEROS_NEVER_INLINE bool Poller<B, S>::rebuild() noexcept {
    if (rebuilt_) {
        return false;
    }
    if (rebuildPause_ != 0) {
        --rebuildPause_;
    } else if (backend_.renew()) {
        ++core_.stats().failedRebuilds;
        rebuildBackOff_ = detail::smaller<std::uint32_t>(rebuildBackOff_ * 2 + 1, 1023);
        rebuildPause_ = rebuildBackOff_;
    } else {
        rebuilt_ = true;
        rebuildBackOff_ = 0;
        ++core_.stats().rebuilds;
        impaired_ = wake_ != nullptr && registerWake();
        registerAlarm();
        core_.registerAll(backend_);
        return true;
    }
    // Until then the stale event would end every wait at once. A short rest is better than a busy core.
    if constexpr (requires { backend_.rest(); }) {
        if (core_.reported() == 0) {
            backend_.rest();
        }
    }
    return false;
}

template <class B, class S>
POLLEROS_ALWAYS_INLINE WaitResult Poller<B, S>::finish(WaitResult result) noexcept {
    result.channels = core_.reported();
    result.triggers = core_.reportedTriggers();
    core_.stats().reports += result.channels;
    return result;
}

template <class B, class S>
TimePoint Poller<B, S>::waitTime() noexcept {
    if (waitTimeIsOld_) {
        waitTime_ = backend_.now();
        waitTimeIsOld_ = false;
    }
    return waitTime_;
}

template <class B, class S>
Timeout Poller<B, S>::prepare(std::error_code& ec) noexcept {
    const auto call = core_.enter();
    ec.clear();
    if (mayWait(ec)) {
        ec = ensureWake();
    }
    if (ec) {
        return Timeout::immediately();
    }
    core_.reconcile(backend_);
    bool failed = false;
    if constexpr (requires { backend_.submit(ec); }) {
        failed = backend_.submit(ec);
    }
    prepared_ = true;
    if (core_.reported() != 0 || failed || !wake_->state.arm() || ec) {
        return Timeout::immediately();
    }
    core_.wakeOnChange(wake_);
    if constexpr (HasDeadline<S>) {
        waitTime_ = backend_.now();
        waitTimeIsOld_ = true;
        return core_.nextDeadline() > waitTime_ ? Timeout(core_.nextDeadline()) : Timeout::immediately();
    }
    return Timeout::never();
}

template <class B, class S>
WaitResult Poller<B, S>::harvest(std::error_code& ec) noexcept {
    const auto call = core_.enter();
    if (!prepared_) {
        return waitTriggers(Timeout::immediately(), ec);
    }
    WaitResult result;
    ec.clear();
    if (!mayWait(ec)) [[unlikely]] {
        return result;
    }
    ++core_.stats().waits;
    rebuilt_ = prepared_ = false;
    core_.wakeOnChange(nullptr);
    turn(Timeout::immediately(), result, ec);
    if (!ec) {
        core_.forgetIteration();
        waitTimeIsOld_ = !HasDeadline<S>;
        if constexpr (HasDeadline<S>) {
            waitTime_ = backend_.now();
        }
        expire();
        result.timedOut = core_.reported() == 0 && !result.woken;
    }
    return finish(result);
}

POLLEROS_NAMESPACE_END
/// @endcond
