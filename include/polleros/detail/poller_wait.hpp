// SPDX-License-Identifier: MIT
// The bodies of Poller that wait.
#pragma once

#include <polleros/detail/bounds.hpp>
#include <polleros/poller.hpp>

#include <bit>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

/// True, and no error, if nothing is in the way of a wait: looked at together, because it is asked before each.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::mayWait(std::error_code& ec) noexcept {
    return (!core_.is(core_.unready) && !isForked()) || mayWaitAllTheSame(ec);
}

template <class B, class S>
POLLEROS_NEVER_INLINE bool Poller<B, S>::mayWaitAllTheSame(std::error_code& ec) noexcept {
    POLLEROS_ASSERT(!core_.is(core_.busy),
                    "waiting inside an iteration, a farewell, a destructor or a source's function");
    ec = usable();
    if (!ec && core_.is(core_.busy)) {
        ec = errorCode(Errc::reentrant);
    }
    if (!ec && core_.is(Condition::impaired)) { // better no wait than one that nobody can end
        ec = recoverWake();
    }
    if (!ec) {
        core_.settleDown();
    } else if (ec != Errc::reentrant) {
        core_.reportNothing();
    }
    return !ec;
}

template <class B, class S>
POLLEROS_ALWAYS_INLINE WaitResult Poller<B, S>::waitTriggers(Timeout timeout, std::error_code& ec) noexcept {
    WaitResult result;
    if (ec) {
        ec.clear();
    }
    wait(timeout, result, ec);
    return result;
}

/// False if there is an error: `ec` is a good one before. Inlined where it is called, of which a program has few places:
/// there the timeout is known, and what is not asked of the result costs nothing. That was a quarter of what a wait for
/// one event cost beside the kernel.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::wait(Timeout timeout, WaitResult& result, std::error_code& ec) noexcept {
    const auto call = core_.enter();
    if (!mayWait(ec)) [[unlikely]] {
        return false;
    }
    ++core_.stats().waits;
    core_.reconcile(backend_);

    // A wait that never ends, or ends at once, needs no clock; if there are deadlines, it needs an alarm.
    const bool endless = timeout.isNever() && (!HasDeadline<S> || alarm_.covers(core_.nextDeadline()));
    if (endless || (!HasDeadline<S> && timeout.isImmediate())) {
        const bool blocks = endless && core_.reported() == 0 && arm();
        bool hasNews = turn(blocks ? Timeout::never() : Timeout::immediately(), result, ec);
        if (Alarm::exists && !alarm_.covers(core_.nextDeadline()) && !ec) [[unlikely]] { // it has rung, or is lost
            readTime();
            expire();
            hasNews = core_.reported() != 0 || result.woken;
        }
        if (hasNews) [[likely]] {
            result = finish(result);
            return true;
        }
        if (ec || timeout.isImmediate()) {
            result.timedOut = !ec;
            result = finish(result);
            return !ec;
        }
    }
    result = waitInTurns(timeout, ec);
    return !ec;
}

/// One wait of the kernel, and what it has brought. True if there is something to tell the user.
template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::turn(Timeout timeout, WaitResult& result, std::error_code& ec) noexcept {
    ++core_.stats().kernelWaits;
    const std::size_t count = backend_.wait(timeout, ec);
    FlagSet<detail::Oddity> oddities;
    POLLEROS_ASSERT(count == 0 || !ec, "the backend's wait fails and tells something, too");
    if (count != 0) [[likely]] {
        oddities = core_.harvest(backend_, count);
    } else if (ec) {
        if (detail::meaningOf(ec) != detail::Meaning::interrupted) {
            return false; // a wake stays pending for the next wait
        }
        ec.clear();
    }
    if (wake_ != nullptr) {
        result.woken |= disarm(oddities.has(detail::Oddity::waker));
    }
    if (oddities.has(detail::Oddity::alarm)) [[unlikely]] {
        alarm_.rang();
    }
    if (oddities.has(detail::Oddity::stale)) [[unlikely]] {
        result.handleReplaced |= rebuild();
        if (core_.is(Condition::impaired)) {
            ec = recoverWake();
            if (ec) { // else nobody could end this wait
                return false;
            }
        }
    }
    if (core_.reported() == 0) [[unlikely]] {
        const auto ours = static_cast<unsigned>(std::popcount((oddities - detail::Oddity::stale).bits()));
        core_.stats().fruitlessWaits += count > ours ? 1U : 0U;
        return result.woken;
    }
    return true;
}

/// A wait with an end, or whose first turn has brought nothing.
template <class B, class S>
POLLEROS_NEVER_INLINE WaitResult Poller<B, S>::waitInTurns(Timeout timeout, std::error_code& ec) noexcept {
    WaitResult result;
    result.handleReplaced = core_.is(Condition::rebuilt);
    const bool polls = timeout.isImmediate();
    const bool timed = HasDeadline<S> || !(polls || timeout.isNever());
    if (timed) {
        readTime();
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
        if (blocks) {
            core_.unset(Condition::timeKnown);
            if (timed && !hasNews) {
                readTime();
            }
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
    if (core_.is(Condition::rebuilt)) {
        return false;
    }
    if (rebuildPause_ != 0) {
        --rebuildPause_;
    } else if (backend_.renew()) {
        ++core_.stats().failedRebuilds;
        rebuildBackOff_ = detail::smaller<std::uint32_t>(rebuildBackOff_ * 2 + 1, 1023);
        rebuildPause_ = rebuildBackOff_;
    } else {
        core_.set(Condition::rebuilt);
        rebuildBackOff_ = 0;
        ++core_.stats().rebuilds;
        core_.set(Condition::impaired, wake_ != nullptr && registerWake());
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
    if (!core_.is(Condition::timeKnown)) {
        readTime();
    }
    return waitTime_;
}

template <class B, class S>
void Poller<B, S>::readTime() noexcept {
    waitTime_ = backend_.now();
    core_.set(Condition::timeKnown);
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
    if constexpr (detail::BatchesChanges<B>) {
        failed = backend_.submit(ec);
    }
    core_.set(Condition::prepared);
    if (core_.reported() != 0 || failed || !wake_->state.arm() || ec) {
        return Timeout::immediately();
    }
    core_.wakeOnChange(wake_);
    if constexpr (HasDeadline<S>) {
        const TimePoint next = core_.nextDeadline();
        return next > backend_.now() ? Timeout(next) : Timeout::immediately();
    }
    return Timeout::never();
}

template <class B, class S>
WaitResult Poller<B, S>::harvest(std::error_code& ec) noexcept {
    const auto call = core_.enter();
    if (!core_.is(Condition::prepared)) {
        return waitTriggers(Timeout::immediately(), ec);
    }
    WaitResult result;
    ec.clear();
    if (!mayWait(ec)) [[unlikely]] {
        return result;
    }
    ++core_.stats().waits;
    core_.unset(Condition::rebuilt);
    turn(Timeout::immediately(), result, ec);
    if (!ec) {
        core_.forgetIteration();
        core_.unset(Condition::timeKnown);
        if constexpr (HasDeadline<S>) {
            readTime();
        }
        expire();
        result.timedOut = core_.reported() == 0 && !result.woken;
    }
    return finish(result);
}

POLLEROS_NAMESPACE_END
/// @endcond
