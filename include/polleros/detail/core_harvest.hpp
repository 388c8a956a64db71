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
    reportedTriggers_ |= activity;
    lists_.list(channel);
}

template <class S>
template <class B>
auto PollerCore<S>::harvest(const B& backend, std::size_t count) noexcept -> Harvest {
    Harvest found;
    handedOut_ = false; // also of what was iterated between prepare() and harvest()
    for (std::size_t index = 0; index < count; ++index) {
        const Ready ready = backend.ready(index);
        Channel* const channel = store_.find(ready.seqN);
        if (channel == nullptr || channel->exp_.empty()) [[unlikely]] {
            if (ready.seqN == wakerSeqN) {
                found.waker = true;
            } else {
                found.stale = true;
                ++stats_.staleEvents;
            }
            continue;
        }
        if (ready.failure != 0) [[unlikely]] {
            lose(*channel, detail::unpackedError(ready.failure));
            continue;
        }
        const Triggers activity = activityOf(channel->intent_, ready.readiness);
        if (activity.empty()) [[unlikely]] {
            found.stale = true; // nothing that is registered for it: a forgotten registration bears its SeqN
            ++stats_.staleEvents;
        } else if (!channel->is(Flag::marked)) {
            report(*channel, activity);
        }
    }
    return found;
}

template <class S>
void PollerCore<S>::expire(TimePoint now, std::size_t most) noexcept {
    if constexpr (HasDeadline<S>) {
        const auto stated = [this](Channel& channel) {
            detail::Statement statement;
            return ask(channel.source_, statement) ? statement.deadline : noDeadline;
        };
        asking_ = true;
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
        asking_ = false;
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
            channel.exp_ = {};
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
    channel.exp_ = {};
    if (channel.is(Flag::marked)) {
        disown(channel);
    } else {
        park(channel, ec);
        report(channel, Trigger::err);
    }
}

template <class S>
auto PollerCore<S>::advance(const Channel* channel) noexcept -> Channel* {
    const auto call = enter();
    Place next = channel == nullptr ? lists_.firstListed() : lists_.nextListed(channel->place());
    for (; next != detail::noPlace; next = lists_.nextListed(next)) {
        Channel& listed = store_.at(next);
        if (!listed.act_.empty() && reach(listed)) {
            return &listed;
        }
    }
    return nullptr;
}

/// The iteration has come to this channel. What it reports is masked with what it wants now: a handler before it may
/// have changed that. False if nothing is left.
template <class S>
bool PollerCore<S>::reach(Channel& channel) noexcept {
    if (!everLocal || channel.is(FlagSet<Flag>{Flag::touched, Flag::distant})) {
        detail::Statement stated;
        asking_ = true;
        const bool answered = ask(channel.source_, stated);
        asking_ = false;
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
