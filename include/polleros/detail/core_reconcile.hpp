// SPDX-License-Identifier: MIT
// The bodies of PollerCore that make what is registered equal to what is wanted.
#pragma once

#include <polleros/detail/bounds.hpp>
#include <polleros/poller_core.hpp>

#include <cstdio>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::reconcile(B& backend) noexcept {
    reported_ = 0;
    reportedTriggers_ = {};
    condition_ = Condition::asking; // and nothing else: it may wait
    Channel* next = lists_.takeListed();
    while (next != nullptr) {
        Channel& channel = *next;
        if (everLocal && !channel.is(detail::odd | Flag::distant)) [[likely]] { // before they change: one register less
            next = lists_.release(channel);
            lookAtUsual(backend, channel);
            continue;
        }
        next = lists_.release(channel);
        // If all are looked at, so is this one, and those in the ring have their own turn.
        if (everLocal && !channel.is(Flag::distant)) {
            lookClosely(backend, channel);
        }
    }
    if constexpr (everLocal) {
        if constexpr (SometimesLocal<S>) {
            lists_.aroundRing([&](Channel& channel) {
                if (!channel.is(Flag::looked)) {
                    look(backend, channel);
                }
                channel.unset(Flag::looked);
            });
        }
    } else {
        // Who had work first the last time comes last now: else it gets every buffer there is.
        const Place start = scanStart_ < store_.end() ? scanStart_ : 0;
        firstWork_ = detail::noPlace;
        const auto lookAt = [&](Channel& channel) { look(backend, channel); };
        store_.forEachPlace(start, store_.end(), lookAt);
        store_.forEachPlace(0, start, lookAt);
        if (firstWork_ != detail::noPlace) {
            scanStart_ = firstWork_ + 1;
        }
    }
    while (is(Condition::evicted)) [[unlikely]] { // one looked at before has lost its handle to one looked at later
        unset(Condition::evicted);
        lists_.forEachListed([&](Channel& channel) {
            if (channel.isAttached() && channel.is(Flag::touched)) {
                channel.unset(Flag::touched);
                if (channel.act_.empty()) {
                    lookClosely(backend, channel);
                    channel.unset(Flag::looked);
                } else { // its turn is over: only the news remains to be told
                    report(channel, Trigger::err);
                }
            }
        });
    }
    if constexpr (audited && everLocal) {
        audit();
    }
    condition_ = {};
}

/// The heart: asks one source what it wants, and does what that takes. Usually nothing.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::look(B& backend, Channel& channel) noexcept {
    if (channel.is(detail::odd)) [[unlikely]] {
        if (!everLocal && channel.is(Flag::gone)) { // a free place, of which a scan may meet many
            return;
        }
        lookClosely(backend, channel);
        return;
    }
    lookAtUsual(backend, channel);
}

/// There is no more to it than its intent.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::lookAtUsual(B& backend, Channel& channel) noexcept {
    detail::Statement stated;
    if (!ask(channel.source_, stated)) [[unlikely]] {
        lookAtSilent(backend, channel);
        return;
    }
    if (!detail::isSameHandle<S>(stated.handle, channel.handle_)) [[unlikely]] {
        // Member by member: a whole one would be kept in memory, also where it is not needed.
        settle(backend, channel, HandleRef(stated.handle.number, stated.handle.version), stated.intent);
    } else if (stated.intent != channel.intent_) [[unlikely]] {
        if constexpr (everLocal) {
            settleIntent(backend, channel, stated.intent);
        } else {
            settleIntentApart(backend, channel, stated.intent);
        }
    } else if (everLocal || !channel.act_.empty()) { // to an idle channel nothing is written
        channel.act_ = {};
    }
    if constexpr (HasDeadline<S>) {
        deadlines_.update(channel, stated.deadline);
    }
    if constexpr (SometimesLocal<S>) {
        lookAtRing(channel);
    }
}

/// There is more to it than its intent.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE void PollerCore<S>::lookClosely(B& backend, Channel& channel) noexcept {
    detail::Statement stated;
    if (channel.is(FlagSet<Flag>{Flag::marked, Flag::gone}) || !ask(channel.source_, stated)) {
        lookAtSilent(backend, channel);
        return;
    }
    settle(backend, channel, stated.handle, stated.intent);
    if constexpr (HasDeadline<S>) {
        deadlines_.update(channel, stated.deadline);
        if (channel.is(Flag::timeoutDue) && deadlines_.isOut(channel, stated.deadline)) {
            report(channel, Trigger::timeout);
        }
    }
    if constexpr (SometimesLocal<S>) {
        lookAtRing(channel);
    }
}

/// Inlined: a return to what was called before a system call is mispredicted (measured: 6 ns each).
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE std::error_code PollerCore<S>::applyNow(B& backend, Channel& channel) noexcept {
    detail::Statement stated;
    bool answered = false;
    if (audited || !channel.is(Flag::touched)) { // by who has changed the source it mostly is
        touched(channel);
    }
    if (!channel.is(Flag::marked)) {
        closedWhile([&] { answered = ask(channel.source_, stated); });
        if (!answered) {
            return errorCode(Errc::sourceThrew);
        }
        follow(backend, channel, stated.handle, stated.intent);
        if (stated.intent.has(Trigger::work)) [[unlikely]] { // the next wait sees no change any more that it would tell
            channel.set(Flag::works);
        }
        if constexpr (detail::BatchesChanges<B>) { // batched: this one's do not wait
            if (const std::error_code refusal = backend.submit(channel.seqN_)) {
                if (!channel.exp_.empty()) {
                    ++stats_.failedChanges;
                    channel.expect({});
                    park(channel, refusal);
                } else if (channel.error_ == 0) {
                    return refusal; // of its removal, which the next wait tries again
                }
            }
        }
    }
    return channel.error();
}

/// Its source is not asked any more, or cannot say what it wants.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE void PollerCore<S>::lookAtSilent(B& backend, Channel& channel) noexcept {
    channel.act_ = {};
    if (channel.is(Flag::gone)) {
        return;
    }
    if (channel.is(Flag::marked)) {
        withdraw(backend, channel, When::byNextWait);
        return;
    }
    if (!channel.is(Flag::parked) || channel.error_ != -static_cast<int>(Errc::sourceThrew)) {
        unregister(backend, channel, When::byNextWait);
        park(channel, errorCode(Errc::sourceThrew));
    }
    if (channel.is(Flag::errorDue)) {
        report(channel, Trigger::err);
    }
    if constexpr (SometimesLocal<S>) {
        lookAtRing(channel);
    }
}

/// For a scan of all, which mostly finds no change, and is faster without that in its loop.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE void PollerCore<S>::settleIntentApart(B& backend, Channel& channel, Triggers intent) noexcept {
    settleIntent(backend, channel, intent);
}

/// Its intent has changed, and there is no more to it. Inlined for the reason of `applyNow()`.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::settleIntent(B& backend, Channel& channel, Triggers intent) noexcept {
    if (intent.has(Trigger::work) || !adjust(backend, channel, intent)) [[unlikely]] {
        settle(backend, channel, channel.handle_, intent);
        return;
    }
    channel.act_ = {};
    if (channel.is(Flag::errorDue)) [[unlikely]] {
        report(channel, Trigger::err);
    }
}

/// Something of the channel is not as it was, or has to be told.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE void PollerCore<S>::settle(B& backend, Channel& channel, HandleRef handle,
                                                 Triggers intent) noexcept {
    const Triggers before = std::exchange(channel.act_, {});
    follow(backend, channel, handle, intent);
    channel.unset(Flag::works);
    if (intent.has(Trigger::work)) {
        channel.set(Flag::works);
        if constexpr (!everLocal) {
            firstWork_ = firstWork_ == detail::noPlace ? channel.place() : firstWork_;
        }
        report(channel, Trigger::work);
        lookAtWork(channel, before);
    }
    if (channel.is(Flag::errorDue)) {
        report(channel, Trigger::err);
    }
    if (channel.is(Flag::retry)) {
        lists_.list(channel);
    }
}

/// Makes what is registered follow what is stated, by the shortest way.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::follow(B& backend, Channel& channel, const HandleRef& handle,
                                                  Triggers intent) noexcept {
    constexpr FlagSet<Flag> unsettled{Flag::replaced, Flag::parked, Flag::urged};
    const bool settled = handle == channel.handle_ && !channel.is(unsettled);
    if (!settled || (intent != channel.intent_ && !adjust(backend, channel, intent))) {
        change(backend, channel, handle, intent);
    }
}

/// The usual change: something else is wanted of a handle that is registered. False if it is not that.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE bool PollerCore<S>::adjust(B& backend, Channel& channel, Triggers intent) noexcept {
    const Interest wanted = interestOf(intent);
    if (channel.exp_.empty() || wanted.empty() || !supports(backend, wanted)) {
        return false;
    }
    channel.intent_ = intent;
    if (wanted != channel.exp_) {
        ++stats_.modifies;
        const std::error_code ec = backend.modify(channel.handle_.number, channel.seqN_, channel.exp_, wanted);
        if (ec) [[unlikely]] {
            refused(backend, channel, ec);
            return true;
        }
        channel.exp_ = wanted; // it was and is watched: no flag changes
    }
    channel.error_ = 0;
    channel.unset(FlagSet<Flag>{Flag::errorDue, Flag::unproven});
    return true;
}

/// What is wanted of it instead cannot be had.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE void PollerCore<S>::refused(B& backend, Channel& channel, const std::error_code& ec) noexcept {
    ++stats_.failedChanges;
    unregister(backend, channel, When::byNextWait);
    park(channel, refusalOf(ec));
}

/// Closed behind our back; somebody else may have the number, so never an add.
template <class S>
std::error_code PollerCore<S>::refusalOf(const std::error_code& ec) noexcept {
    return ec == Errc::notFound ? errorCode(Errc::badHandle) : ec;
}

/// Makes what is known and what is registered follow what is stated.
template <class S>
template <class B>
void PollerCore<S>::change(B& backend, Channel& channel, HandleRef handle, Triggers intent) noexcept {
    const bool replaced = handle != channel.handle_ || channel.is(Flag::replaced);
    const bool changed = replaced || intent != channel.intent_ || channel.is(Flag::urged);
    const bool threw = channel.error_ == -static_cast<int>(Errc::sourceThrew); // it speaks again
    const bool retried = channel.is(Flag::retry);
    const bool exhausted = channel.error_ == -static_cast<int>(Errc::sequenceExhausted); // nothing will ever help
    channel.unset(Flag::urged);
    if (channel.is(Flag::parked) && (exhausted || (!changed && !threw && !retried))) {
        return;
    }
    // Lost without our doing: under its old SeqN a duplicate of the old file may still speak.
    const bool lost = channel.is(Flag::parked) && channel.error() == Errc::badHandle;
    channel.unset(FlagSet<Flag>{Flag::parked, Flag::retry});
    channel.intent_ = intent;
    std::error_code ec = replaced || lost ? rehandle(backend, channel, handle) : std::error_code{};
    if (!ec) {
        ec = apply(backend, channel);
    }
    if (!ec) [[likely]] {
        if (!channel.exp_.empty()) {
            channel.error_ = 0;
            channel.unset(Flag::errorDue);
        }
        return;
    }
    const std::int16_t before = channel.error_;
    const bool due = channel.is(Flag::errorDue);
    unregister(backend, channel, When::byNextWait);
    park(channel, ec);
    if (retried && !changed && !due && channel.error_ == before) { // tried once more, in vain: told already
        channel.unset(Flag::errorDue);
    }
}

/// The old registration is forgotten, and no event of it can reach the new handle: that has a SeqN of its own.
template <class S>
template <class B>
std::error_code PollerCore<S>::rehandle(B& backend, Channel& channel, const HandleRef& handle) noexcept {
    unregister(backend, channel, When::byNextWait);
    disown(channel);
    const SeqN seqN = store_.draw(channel.place());
    if (seqN == SeqN{}) {
        return errorCode(Errc::sequenceExhausted);
    }
    channel.unset(Flag::replaced);
    channel.set(Flag::unproven);
    channel.handle_ = handle;
    channel.seqN_ = seqN;
    return {};
}

/// Makes what is registered for the channel equal to its intent.
template <class S>
template <class B>
std::error_code PollerCore<S>::apply(B& backend, Channel& channel) noexcept {
    const NativeHandle number = channel.handle_.number;
    if (!isSet(number)) {
        return {};
    }
    const Interest wanted = interestOf(channel.intent_);
    if (!supports(backend, wanted)) {
        return errorCode(Errc::unsupportedTrigger);
    }
    Claim claimed;
    if (!channel.is(Flag::owner)) {
        claimed = claim(backend, number);
        if (claimed.isRefused() || (wanted.empty() && claimed.rival != nullptr)) {
            // Somebody else's. Who wants nothing of it is told nothing, and asks again when it does.
            return wanted.empty() ? std::error_code{} : errorCode(claimed.refusal);
        }
    }
    std::error_code ec;
    switch (polleros::reconcile(channel.exp_, wanted)) {
    case Change::none: break;
    case Change::add:
        ec = backend.add(number, channel.seqN_, wanted, claimed.occupied,
                         channel.is(Flag::unproven) ? When::now : When::byNextWait);
        ++stats_.adds;
        break;
    case Change::modify:
        ec = backend.modify(number, channel.seqN_, channel.exp_, wanted);
        if (ec) {
            ec = refusalOf(ec);
        }
        ++stats_.modifies;
        break;
    case Change::remove: unregister(backend, channel, When::byNextWait); break;
    }
    if (ec) {
        ++stats_.failedChanges;
        return ec;
    }
    channel.expect(wanted);
    if (!wanted.empty()) {
        channel.unset(Flag::unproven);
    }
    if (!channel.is(Flag::owner)) {
        own(channel, claimed);
    }
    return {};
}

/// It wants nothing any more, because it is marked or being deleted, and its handle is nobody's. The kernel first.
template <class S>
template <class B>
void PollerCore<S>::withdraw(B& backend, Channel& channel, When when) noexcept {
    unregister(backend, channel, when);
    disown(channel);
    if constexpr (HasDeadline<S>) {
        deadlines_.remove(channel);
    }
    if constexpr (SometimesLocal<S>) {
        if (channel.is(Flag::distant)) {
            lists_.leaveRing(channel);
        }
    }
}

/// Out of the kernel it is already; what remains is to say so, once.
template <class S>
void PollerCore<S>::park(Channel& channel, const std::error_code& ec) noexcept {
    channel.setError(ec);
    channel.set(FlagSet<Flag>{Flag::parked, Flag::errorDue});
    if (ec == Errc::outOfMemory || detail::meaningOf(ec) == detail::Meaning::noRoom) {
        channel.set(FlagSet<Flag>{Flag::retry, Flag::unproven}); // an eager try can fail silently
    }
    if (ec == Errc::badHandle || ec == Errc::sourceThrew) { // nobody knows which handle it would have
        disown(channel);
    }
}

template <class S>
void PollerCore<S>::lookAtWork(Channel& channel, Triggers before) noexcept {
    const bool again = before == Triggers(Trigger::work);
    if (again) {
        ++stats_.repeatedWork;
    }
    if constexpr (audited) {
        channel.workInARow = again ? channel.workInARow + 1 : 0;
        if (channel.workInARow == 1000) {
            std::fprintf(
                stderr,
                "polleros: channel %#llx has brought nothing but `work` for 1000 waits: is it waiting for something?\n",
                static_cast<unsigned long long>(channel.number_));
        }
    }
}

template <class S>
void PollerCore<S>::lookAtRing(Channel& channel) noexcept {
    const bool distant = !channel.source_.intentIsLocal();
    if (distant && !channel.is(Flag::distant)) {
        lists_.enterRing(channel);
        channel.set(Flag::looked); // the ring's turn comes later in this pass
    } else if (!distant && channel.is(Flag::distant)) {
        lists_.leaveRing(channel);
    }
}

/// Local intents are a promise; here it is checked, on all channels that nobody touched, or on a sample of many.
template <class S>
void PollerCore<S>::audit() noexcept {
    constexpr Place sample = 1000;
    const Place end = store_.end();
    const Place first = end <= sample || auditCursor_ >= end ? 0 : auditCursor_;
    const Place last = detail::smaller<Place>(end, first + sample);
    auditCursor_ = last;
    store_.forEach(first, last, [&](Channel& channel) {
        constexpr FlagSet<Flag> excused{Flag::listed, Flag::touched, Flag::distant, Flag::marked};
        if (channel.is(excused)) {
            return;
        }
        const detail::Statement stated = detail::state(channel.source_);
        bool kept =
            stated.handle == channel.handle_ && stated.intent == channel.intent_ && detail::isLocalNow(channel.peek());
        if constexpr (HasDeadline<S>) {
            kept = kept && deadlines_.isCurrent(channel, stated.deadline);
        }
        if (!kept) {
            std::fprintf(stderr, "polleros: channel %#llx changed its mind without being touched\n",
                         static_cast<unsigned long long>(channel.number_));
        }
        POLLEROS_ASSERT(kept, "a source with intentIsLocal changed without a touch");
    });
}

POLLEROS_NAMESPACE_END
/// @endcond
