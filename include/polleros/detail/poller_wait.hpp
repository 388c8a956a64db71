// SPDX-License-Identifier: MIT
// The bodies of Poller that wait.
#pragma once

#include <polleros/poller.hpp>

#include <algorithm>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

/// True, and no error, if nothing is in the way of a wait: looked at together, because it is asked before each.
template <class B, class S>
bool Poller<B, S>::mayWait(std::error_code& ec) noexcept {
    ec.clear();
    if (!broken_ && !isForked() && !core_.mayNotWait() && !wakeLost_) [[likely]] {
        return true;
    }
    POLLEROS_ASSERT(!core_.mayNotWait(),
                    "waiting inside an iteration, a farewell, a destructor or a source's function");
    ec = usable();
    if (!ec && core_.mayNotWait()) {
        ec = errorCode(Errc::reentrant);
    }
    if (!ec && wakeLost_) { // better no wait than one that nobody can end
        ec = recoverWake();
    }
    if (ec && ec != Errc::reentrant) {
        core_.reportNothing();
    }
    return !ec;
}

template <class B, class S>
WaitResult Poller<B, S>::waitTriggers(Timeout timeout, std::error_code& ec) noexcept {
    const auto call = core_.enter();
    WaitResult result;
    if (!mayWait(ec)) [[unlikely]] {
        return result;
    }
    ++core_.stats().waits;
    rebuilt_ = prepared_ = false;
    core_.wakeOnChange(nullptr);
    core_.reconcile(backend_);

    // A wait that never ends, or ends at once, needs no clock.
    const bool polls = timeout.isImmediate();
    const bool timed = HasDeadline<S> || !(polls || timeout.isNever());
    waitTimeIsOld_ = !timed;
    if (timed) {
        waitTime_ = backend_.now();
    }
    const TimePoint end = timeout.deadline(waitTime_);

    for (;;) {
        const TimePoint next = HasDeadline<S> ? std::min<TimePoint>(end, core_.nextDeadline()) : end;
        bool blocks = !polls && core_.reported() == 0 && (next > waitTime_ || next == noDeadline);
        if (wake_ != nullptr && blocks) {
            blocks = wake_->state.arm();
        }
        const Timeout step = !blocks              ? Timeout::immediately()
                             : next == noDeadline ? Timeout::never()
                                                  : Timeout(Timeout(next).remaining(waitTime_));

        ++core_.stats().kernelWaits;
        std::error_code interrupted;
        const std::size_t count = backend_.wait(step, interrupted);
        if (interrupted && detail::meaningOf(interrupted) != detail::Meaning::interrupted) [[unlikely]] {
            ec = interrupted; // a wake stays pending for the next wait
            return finish(result);
        }
        take(count, result);
        if (wakeLost_) [[unlikely]] {
            ec = recoverWake();
            if (ec) { // else nobody could end this wait
                return finish(result);
            }
        }
        waitTimeIsOld_ |= blocks;
        if (timed && blocks && core_.reported() == 0 && !result.woken) {
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

/// Takes in what a wait of the backend brought: events, a wake, signs of a forgotten registration.
template <class B, class S>
void Poller<B, S>::take(std::size_t count, WaitResult& result) noexcept {
    const auto harvest = core_.harvest(backend_, count);
    if (wake_ != nullptr) {
        if (harvest.waker) {
            wake_->signalHandle().drain(); // before looking: what comes after it signals anew
        }
        if (wake_->state.disarm()) {
            result.woken = true;
        } else if (harvest.waker) {
            ++core_.stats().lateWakes; // its wake was reported before its signal arrived
        }
    }
    if (harvest.stale) [[unlikely]] {
        rebuild(result);
    }
    if (count > (harvest.waker ? 1U : 0U) && core_.reported() == 0) [[unlikely]] {
        ++core_.stats().fruitlessWaits;
    }
}

template <class B, class S>
void Poller<B, S>::expire() noexcept {
    if constexpr (HasDeadline<S>) {
        if (core_.nextDeadline() <= waitTime_) {
            core_.expire(waitTime_, std::max<std::size_t>(options_.maxEvents, 1));
        }
    }
}

/// The kernel holds a registration that the process cannot name any more, because a duplicate keeps its file open. Only
/// a new set is rid of it.
template <class B, class S>
void Poller<B, S>::rebuild(WaitResult& result) noexcept {
    if (rebuilt_) {
        return;
    }
    if (rebuildPause_ != 0) {
        --rebuildPause_;
    } else if (backend_.renew()) {
        ++core_.stats().failedRebuilds;
        rebuildBackOff_ = std::min<std::uint32_t>(rebuildBackOff_ * 2 + 1, 1023);
        rebuildPause_ = rebuildBackOff_;
    } else {
        rebuilt_ = result.handleReplaced = true;
        rebuildBackOff_ = 0;
        ++core_.stats().rebuilds;
        wakeLost_ = wake_ != nullptr && registerWake();
        core_.registerAll(backend_);
        return;
    }
    // Until then the stale event would end every wait at once. A short rest is better than a busy core.
    if constexpr (requires { backend_.rest(); }) {
        if (core_.reported() == 0) {
            backend_.rest();
        }
    }
}

template <class B, class S>
WaitResult Poller<B, S>::finish(WaitResult result) noexcept {
    result.channels = core_.reported();
    result.triggers = core_.reportedTriggers();
    auto& stats = core_.stats();
    stats.reports += result.channels;
    stats.wakes += result.woken ? 1 : 0;
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
    if (!mayWait(ec)) [[unlikely]] {
        return result;
    }
    ++core_.stats().waits;
    ++core_.stats().kernelWaits;
    rebuilt_ = prepared_ = false;
    core_.wakeOnChange(nullptr);
    std::error_code interrupted;
    const std::size_t count = backend_.wait(Timeout::immediately(), interrupted);
    if (interrupted && detail::meaningOf(interrupted) != detail::Meaning::interrupted) [[unlikely]] {
        ec = interrupted;
        return finish(result);
    }
    take(count, result);
    waitTimeIsOld_ = !HasDeadline<S>;
    if constexpr (HasDeadline<S>) {
        waitTime_ = backend_.now();
    }
    expire();
    result.timedOut = core_.reported() == 0 && !result.woken;
    return finish(result);
}

POLLEROS_NAMESPACE_END
/// @endcond
