// SPDX-License-Identifier: MIT
// The bodies of PollerCore that turn what the kernel and the clock say into activity, and hand it out.
#pragma once

#include <polleros/poller_core.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class S>
void PollerCore<S>::report(Channel& channel, Triggers activity) noexcept {
    reported_ += channel.act_.empty() ? 1 : 0;
    channel.act_ |= activity;
    channel.unset(Flag::plain);
    reportedTriggers_ |= activity;
    lists_.list(channel);
}

template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE auto PollerCore<S>::harvest(const B& backend, std::size_t count) noexcept -> Oddities {
    const std::size_t plain = harvestPlain(backend, 0, count);
    return plain == count ? Oddities() : harvestRest(backend, plain, count);
}

/// From the first entry on that is not as usual.
template <class S>
template <class B>
POLLEROS_NEVER_INLINE auto PollerCore<S>::harvestRest(const B& backend, std::size_t index, std::size_t count) noexcept
    -> Oddities {
    Oddities found;
    while (index != count) {
        const Ready ready = backend.ready(index);
        found |= harvestOddity(store_.findDrawn(ready.seqN), ready);
        if (++index != count) {
            index = harvestPlain(backend, index, count);
        }
    }
    return found;
}

/// As many entries as are the usual: readiness of a channel that wants to be told, and of which nothing is known yet. A
/// loop without a call, so that all it needs stays in registers. There is one entry at least. Returns the index of the
/// first that is not usual.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE std::size_t PollerCore<S>::harvestPlain(const B& backend, std::size_t index,
                                                               std::size_t count) noexcept {
    typename detail::ChannelLists<S>::Appender appender(lists_);
    Triggers told;
    const std::size_t first = index;
    do {
        const Ready ready = backend.ready(index);
        Channel* const channel = store_.findDrawn(ready.seqN);
        constexpr FlagSet<Flag> special{Flag::listed, Flag::marked, Flag::unwatched, Flag::distant};
        if (channel == nullptr || channel->is(special) || ready.failure != 0) [[unlikely]] {
            break;
        }
        const Triggers activity = channel->intent_ & detail::tells[ready.readiness.bits() % detail::tells.size()];
        if (activity.empty()) [[unlikely]] {
            break;
        }
        channel->act_ = activity;
        told |= activity;
        appender.list(*channel, everLocal ? Flag::plain : Flag::listed);
    } while (++index != count);
    appender.end();
    reported_ += static_cast<std::uint32_t>(index - first);
    reportedTriggers_ |= told;
    return index;
}

/// An error, a channel that has something to report already, the wake handle, a registration that has failed or is to
/// be removed, or one that the process has forgotten.
template <class S>
POLLEROS_NEVER_INLINE auto PollerCore<S>::harvestOddity(Channel* channel, Ready ready) noexcept -> Oddities {
    if (ready.seqN == wakerSeqN) {
        return detail::Oddity::waker;
    }
    if (HasDeadline<S> && ready.seqN == alarmSeqN) {
        return detail::Oddity::alarm;
    }
    if (channel != nullptr && !channel->exp_.empty()) {
        if (ready.failure != 0) {
            lose(*channel, detail::unpackedError(ready.failure));
            return {};
        }
        const Triggers activity = activityOf(channel->intent_, ready.readiness);
        if (!activity.empty()) {
            if (!channel->is(Flag::marked)) {
                report(*channel, activity);
            }
            return {};
        }
    }
    ++stats_.staleEvents;
    return detail::Oddity::stale;
}

template <class S>
void PollerCore<S>::expire(TimePoint now, std::size_t most) noexcept {
    if constexpr (HasDeadline<S>) {
        const auto stated = [this](Channel& channel) {
            detail::Statement statement;
            return ask(channel.source_, statement) ? statement.deadline : noDeadline;
        };
        set(Condition::asking);
        for (std::size_t count = 0; count < most; ++count) {
            Channel* const channel = deadlines_.expire(now, stated);
            if (channel == nullptr) {
                break;
            }
            ++stats_.deadlines;
            if (channel->is(Flag::marked)) {
                continue;
            }
            channel->set(Flag::timeoutDue);
            // Held back once if something else happened: who serves that and moves the deadline never sees it.
            if (channel->act_.empty()) {
                report(*channel, Trigger::timeout);
            }
        }
        unset(Condition::asking);
    } else {
        static_cast<void>(now);
        static_cast<void>(most);
    }
}

template <class S>
template <class B>
void PollerCore<S>::registerAll(B& backend) noexcept {
    store_.forEach(0, store_.end(), [&](Channel& channel) {
        if (channel.exp_.empty()) {
            return;
        }
        if (channel.is(Flag::marked)) { // had not yet left the old set
            channel.expect({});
            disown(channel);
            return;
        }
        ++stats_.adds;
        const std::error_code ec =
            backend.add(channel.handle_.number, channel.seqN_, channel.exp_, Occupied::takeOver, When::now);
        if (ec) {
            ++stats_.failedChanges;
            lose(channel, ec);
        }
    });
}

/// A registration has ended without our doing.
template <class S>
void PollerCore<S>::lose(Channel& channel, const std::error_code& ec) noexcept {
    channel.expect({});
    if (channel.is(Flag::marked)) {
        disown(channel);
    } else {
        park(channel, ec);
        report(channel, Trigger::err);
    }
}

/// A channel that is handed out counts as touched: so will most be by their handlers, and it is looked at anyway.
template <class S>
POLLEROS_ALWAYS_INLINE auto PollerCore<S>::advance(const Channel* channel) noexcept -> Channel* {
    const auto call = enter();
    Channel* next = channel == nullptr ? lists_.firstListed() : lists_.nextListed(*channel);
    for (; next != nullptr; next = lists_.nextListed(*next)) {
        if (next->is(Flag::plain) || (!next->act_.empty() && reach(*next))) {
            next->set(Flag::touched);
            return next;
        }
    }
    return nullptr;
}

/// The iteration has come to this channel. What it reports is masked with what it wants now: a handler before it may
/// have changed that. False if nothing is left.
template <class S>
POLLEROS_NEVER_INLINE bool PollerCore<S>::reach(Channel& channel) noexcept {
    if (!everLocal || channel.is(FlagSet<Flag>{Flag::touched, Flag::distant})) {
        detail::Statement stated;
        set(Condition::asking);
        const bool answered = ask(channel.source_, stated);
        unset(Condition::asking);
        if (!answered) {
            // The next wait asks again, and reports it; unless it is this what is being reported.
            channel.act_ &= channel.is(Flag::errorDue) ? Trigger::err : Triggers();
            enlist(channel);
            return handOut(channel);
        }
        const bool sameHandle = stated.handle == channel.handle_ && !channel.is(Flag::replaced);
        Triggers kept = channel.act_ & (sameHandle ? stated.intent : stated.intent - kernelTriggers);
        if (!sameHandle) {
            channel.unset(Flag::errorDue); // of the old one; the new one has its own chance
        } else if (channel.is(Flag::errorDue) || stated.intent.has(kernelTriggers)) {
            kept |= channel.act_ & Trigger::err;
        }
        if constexpr (HasDeadline<S>) {
            if (deadlines_.isOut(channel, stated.deadline)) {
                kept |= channel.act_ & Trigger::timeout;
            }
        }
        channel.act_ = kept;
    }
    return handOut(channel);
}

/// What has reached the user is not told again. False if that is nothing.
template <class S>
bool PollerCore<S>::handOut(Channel& channel) noexcept {
    if (channel.act_.has(Trigger::err)) {
        channel.unset(Flag::errorDue);
    }
    if (channel.act_.has(Trigger::timeout)) {
        channel.unset(Flag::timeoutDue);
    }
    return !channel.act_.empty();
}

POLLEROS_NAMESPACE_END
/// @endcond
