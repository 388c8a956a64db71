// SPDX-License-Identifier: MIT
// The bodies of EventSet.
#pragma once

#include <polleros/detail/next_read.hpp>
#include <polleros/event_set.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class B, class D>
Options EventSet<B, D>::pollerOptions(const EventSetOptions& options) noexcept {
    Options made = options.poller;
    made.maxEvents = detail::larger<std::size_t>(options.maxEvents, 1);
    return made;
}

template <class B, class D>
EventSet<B, D>::EventSet(const EventSetOptions& options, std::error_code& ec) noexcept
    : poller_(pollerOptions(options), ec),
      maxEvents_(detail::larger<std::size_t>(options.maxEvents, 1)),
      maxHandles_(options.maxHandles),
      defaultTimeout_(options.defaultTimeout) {
    if (!ec) {
        lock_.wakeBy(poller_.waker(ec));
    }
    broken_ = ec ? errorCode(Errc::badPoller) : ec;
}

template <class B, class D>
std::error_code EventSet<B, D>::add(NativeHandle handle, Events events, D data, Delivery delivery) noexcept {
    const Change turn(lock_);
    if (broken_ || !isSet(handle)) {
        return broken_ ? broken_ : errorCode(Errc::badHandle);
    }
    if (maxHandles_ != 0 && poller_.size() >= maxHandles_) {
        return errorCode(Errc::sequenceExhausted);
    }
    std::error_code ec;
    Channel* const former = poller_.findHandle(handle);
    poller_.attachChannel(Entry{.number = handle, .asked = events, .delivery = delivery, .kept = {}, .data = data}, ec);
    if (!ec && former != nullptr) [[unlikely]] { // the kernel knows that its file is gone
        bury(former->source());
    }
    return ec;
}

/// Who is in the set with this handle. A dead one comes last, which has none any more that the poller knows of.
template <class B, class D>
auto EventSet<B, D>::find(NativeHandle handle) noexcept -> Channel* {
    Channel* const found = poller_.findHandle(handle);
    if (found == nullptr && dead_ != 0) [[unlikely]] {
        for (Channel& channel : poller_.channels()) {
            if (channel.peek().dead && channel.peek().number == handle) {
                return &channel;
            }
        }
    }
    return found;
}

/// Its handle is closed. This is told when there is room, and nothing of whoever has the number by then.
template <class B, class D>
void EventSet<B, D>::bury(Entry& entry) noexcept {
    dead_ += entry.dead ? 0U : 1U;
    entry.dead = true;
    entry.overdue = true;
    entry.kept |= EventFlag::error;
}

template <class B, class D>
void EventSet<B, D>::drop(Channel& channel) noexcept {
    dead_ -= channel.peek().dead ? 1U : 0U;
    poller_.deleteChannel(channel);
}

/// Asks no more for `less`, but for `more`; its data is this, if there is any.
template <class B, class D>
std::error_code EventSet<B, D>::change(NativeHandle handle, Events less, Events more, const D* data) noexcept {
    const Change turn(lock_);
    Channel* const channel = find(handle);
    if (channel == nullptr) {
        return broken_ ? broken_ : errorCode(Errc::notFound);
    }
    if (channel->peek().dead) [[unlikely]] {
        drop(*channel);
        return errorCode(Errc::badHandle);
    }
    Entry& entry = channel->source();
    const Entry before = entry;
    entry.asked = (entry.asked - less) | more;
    entry.data = data != nullptr ? *data : entry.data;
    entry.armed = true;
    entry.ended = false;
    entry.overdue = false;
    entry.kept = {};
    const std::error_code ec = entry.delivery == Delivery::edge ? rearm(*channel) : poller_.apply(*channel);
    if (!ec) [[likely]] {
        return {};
    }
    if (ec == Errc::badHandle) { // never again: the number may be somebody else's by now
        poller_.deleteChannel(*channel);
    } else {
        entry = before;
        channel->touch(); // it is parked, and if what it states is the same, it is tried again for that
        static_cast<void>(poller_.apply(*channel));
    }
    return ec;
}

/// Out of the kernel and into it again: what lasts begins anew.
template <class B, class D>
std::error_code EventSet<B, D>::rearm(Channel& channel) noexcept {
    channel.source().armed = false;
    static_cast<void>(poller_.apply(channel));
    channel.source().armed = true;
    return poller_.apply(channel);
}

template <class B, class D>
std::error_code EventSet<B, D>::modify(NativeHandle handle, Events events) noexcept {
    return change(handle, everything, events, nullptr);
}

template <class B, class D>
std::error_code EventSet<B, D>::modify(NativeHandle handle, Events events, D data) noexcept {
    return change(handle, everything, events, &data);
}

template <class B, class D>
std::error_code EventSet<B, D>::addEvents(NativeHandle handle, Events more) noexcept {
    return change(handle, {}, more, nullptr);
}

template <class B, class D>
std::error_code EventSet<B, D>::removeEvents(NativeHandle handle, Events less) noexcept {
    return change(handle, less, {}, nullptr);
}

template <class B, class D>
bool EventSet<B, D>::remove(NativeHandle handle) noexcept {
    const Change turn(lock_);
    Channel* const channel = find(handle);
    if (channel != nullptr) {
        drop(*channel);
    }
    return channel != nullptr;
}

template <class B, class D>
WaitResult EventSet<B, D>::wait(Batch& batch, Timeout timeout, std::error_code& ec) noexcept {
    const WaitResult result = wait(std::span<Event>(batch.events_.data(), batch.room()), timeout, ec);
    batch.size_ = result.channels;
    return result;
}

template <class B, class D>
WaitResult EventSet<B, D>::wait(std::span<Event> into, Timeout timeout, std::error_code& ec) noexcept {
    ec = broken_;
    WaitResult result;
    if (ec) {
        return result;
    }
    const bool ends = !timeout.isNever() && !timeout.isImmediate();
    const Timeout until = ends ? Timeout(timeout.deadline(poller_.now())) : timeout;
    detail::StepOutLock::Wait turn(lock_, until);
    if (!turn.hasTurn()) {
        result.timedOut = true;
        return result;
    }
    const std::span<Event> room = into.first(detail::smaller<std::size_t>(into.size(), maxEvents_));
    bool over = false;
    bool news = false;
    while (!ec && !over && !news && !result.woken) {
        turn.inside([&] {
            over = poller_.waitTriggers(until, ec).timedOut;
            news = gather(room, result.channels);
        });
        if (!news && wakeups_ != 0) {
            --wakeups_;
            result.woken = true;
        }
    }
    if (wakeups_ != 0) { // the poller has forgotten them
        lock_.wake();
    }
    result.timedOut = over && !news && !result.woken;
    return result;
}

/// What there is no room for comes first the next time; or, if others came instead, when it comes again. True if there was
/// anything to tell.
template <class B, class D>
bool EventSet<B, D>::gather(std::span<Event> into, std::size_t& count) noexcept {
    std::size_t left = 0;
    for (Channel& channel : poller_.triggered()) {
        Entry& entry = channel.source();
        const Events told = take(channel);
        if (told.empty()) {
            entry.overdue = entry.overdue && crowded_;
            continue;
        }
        const bool isDead = told.has(EventFlag::error) && (entry.dead || channel.error() == Errc::badHandle);
        if (count == into.size()) {
            ++left;
            entry.overdue = true;
            entry.kept = keptOf(entry, told);
            if (isDead) [[unlikely]] {
                bury(entry);
            }
            continue;
        }
        entry.overdue = false;
        entry.kept = {};
        into[count++] = {entry.number, told, entry.data, channel.number()};
        if (isDead) [[unlikely]] {
            drop(channel); // told once; the number may be somebody else's by now
        }
    }
    crowded_ = count + left >= maxEvents_;
    return count + left != 0;
}

/// Of what there is no room for, that which the kernel will not tell again: a level it will, but not the end, after which
/// it is not asked any more for who asks for nothing else.
template <class B, class D>
Events EventSet<B, D>::keptOf(const Entry& entry, Events told) noexcept {
    return entry.delivery == Delivery::level && !entry.asked.empty() ? told & EventFlag::hangup : told;
}

template <class B, class D>
Events EventSet<B, D>::take(Channel& channel) noexcept {
    Entry& entry = channel.source();
    const Triggers act = channel.act();
    Events told = entry.kept;
    told |= act.has(Trigger::recv) ? Events(EventFlag::read) : Events();
    told |= act.has(Trigger::send) ? Events(EventFlag::write) : Events();
    told |= act.has(Trigger::priority) ? Events(EventFlag::priority) : Events();
    told |= act.has(Trigger::err) && isNews(channel) ? Events(EventFlag::error) : Events();
    // Who reads learns of the end when there is nothing else left to read; but an edge does not come twice, and to look
    // would take the error away.
    const bool reads = entry.asked.has(EventFlag::read) && entry.delivery != Delivery::edge && !act.has(Trigger::err);
    if (act.has(Trigger::hangup) && !entry.ended &&
        !(reads && detail::nextRead(entry.number).ahead == detail::Ahead::data)) {
        told |= EventFlag::hangup;
        entry.ended = true;
    }
    entry.armed = entry.armed && (told.empty() || entry.delivery != Delivery::oneShot);
    return told;
}

/// Whether an error of it is news. Who asks for nothing has no other than that a change was refused, which its caller
/// knows, or that the handle is gone.
template <class B, class D>
bool EventSet<B, D>::isNews(const Channel& channel) noexcept {
    return !(channel.peek().triggers() - Trigger::work).empty() || channel.error() == Errc::badHandle;
}

template <class B, class D>
bool EventSet<B, D>::current(const Event& event) noexcept {
    const Change turn(lock_);
    return poller_.find(event.registration) != nullptr;
}

template <class B, class D>
std::size_t EventSet<B, D>::size() noexcept {
    const Change turn(lock_);
    return poller_.size();
}

template <class B, class D>
std::vector<NativeHandle> EventSet<B, D>::handles() {
    const Change turn(lock_);
    std::vector<NativeHandle> all;
    all.reserve(poller_.size());
    for (const Channel& channel : poller_.channels()) {
        all.push_back(channel.peek().number);
    }
    return all;
}

POLLEROS_NAMESPACE_END
/// @endcond
