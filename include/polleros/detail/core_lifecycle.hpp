// SPDX-License-Identifier: MIT
// The bodies of PollerCore that attach, find, touch and delete channels, and that settle whose a handle is.
#pragma once

#include <polleros/poller_core.hpp>

#include <type_traits>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class S>
PollerCore<S>::~PollerCore() {
    set(Condition::closing);
    store_.forEach(0, store_.end(), [](Channel& channel) {
        channel.birth_ = SeqN{}; // references that other dying sources hold are false from now on
        channel.source_.~S();
    });
}

template <class S>
std::error_code PollerCore<S>::reserve(std::size_t channels) noexcept {
    if (channels > detail::maxPlaces) {
        return errorCode(Errc::sequenceExhausted);
    }
    const bool room = store_.reserve(channels) && numbers_.reserve(channels, numberOf()) &&
                      handles_.reserve(channels, handleOf()) && (!HasDeadline<S> || deadlines_.reserve(channels));
    return room ? std::error_code{} : errorCode(Errc::outOfMemory);
}

template <class S>
template <class T>
bool PollerCore<S>::ask(T& source, detail::Statement& stated) noexcept {
    if constexpr (detail::statesNoexcept<T>) {
        stated = detail::state(source);
        return true;
    } else {
        POLLEROS_TRY {
            stated = detail::state(source);
            return true;
        }
        POLLEROS_CATCH_ALL {
            return false;
        }
    }
}

template <class S>
template <class B>
bool PollerCore<S>::supports(const B& backend, Interest interest) noexcept {
    return (!interest.has(InterestFlag::priority) || backend.capabilities().has(Capability::priority)) &&
           (!interest.has(InterestFlag::edge) || backend.capabilities().has(Capability::edge));
}

template <class S>
template <class B, class T>
auto PollerCore<S>::attach(B& backend, const ChannelNumber* chosen, T& candidate, std::error_code& ec) noexcept
    -> Channel* {
    const auto refuse = [&](const std::error_code& reason) {
        ec = reason;
        return static_cast<Channel*>(nullptr);
    };

    detail::Statement stated;
    bool answered = false;
    closedWhile([&] { answered = ask(candidate, stated); });
    if (!answered) {
        return refuse(errorCode(Errc::sourceThrew));
    }
    const Interest wanted = isSet(stated.handle) ? interestOf(stated.intent) : Interest{};
    if (chosen != nullptr && isPicked(*chosen)) {
        return refuse(errorCode(Errc::reservedNumber));
    }
    if (chosen != nullptr && find(*chosen) != nullptr) {
        return refuse(errorCode(Errc::alreadyAttached));
    }
    if (!supports(backend, interestOf(stated.intent))) {
        return refuse(errorCode(Errc::unsupportedTrigger));
    }

    const Place place = store_.peekFree();
    const std::size_t channels = store_.size() + 1;
    if (place == detail::noPlace) {
        return refuse(errorCode(channels > detail::maxPlaces ? Errc::sequenceExhausted : Errc::outOfMemory));
    }
    // Every channel has room in every table from now on: what happens to it later needs no memory.
    if ((chosen != nullptr && !numbers_.reserve(numbers_.size() + 1, numberOf())) ||
        !handles_.reserve(channels, handleOf()) || (HasDeadline<S> && !deadlines_.reserve(channels))) {
        return refuse(errorCode(Errc::outOfMemory));
    }
    const SeqN seqN = store_.draw(place);
    if (seqN == SeqN{}) {
        return refuse(errorCode(Errc::sequenceExhausted));
    }

    Claim claimed;
    const NativeHandle number = stated.handle.number;
    if (isSet(number)) {
        claimed = claim(backend, number);
        if (claimed.isRefused()) {
            return refuse(errorCode(claimed.refusal));
        }
        if (const std::error_code refusal = backend.add(number, seqN, wanted, claimed.occupied, When::now)) {
            return refuse(refusal);
        }
        if (wanted.empty()) { // that was only a question
            backend.remove(number, seqN, wanted, When::now);
        }
    }

    Channel* channel = nullptr;
    POLLEROS_TRY {
        if constexpr (std::is_trivially_constructible_v<S, T&&>) { // nothing of the user's runs
            channel = &store_.construct(seqN, std::move(candidate));
        } else {
            closedWhile([&] { channel = &store_.construct(seqN, std::move(candidate)); });
        }
    }
    POLLEROS_CATCH_ALL {
        if (!wanted.empty()) {
            backend.remove(number, seqN, wanted, When::now);
        }
        ec = errorCode(Errc::sourceThrew);
    }
    if (channel == nullptr) {
        return nullptr;
    }

    channel->number_ = chosen != nullptr ? *chosen : detail::pickedNumber(seqN);
    channel->handle_ = stated.handle;
    channel->intent_ = stated.intent;
    channel->expect(wanted);
    if (stated.intent.has(Trigger::work)) {
        channel->set(Flag::works);
    }
    if (chosen != nullptr) {
        numbers_.insert(static_cast<std::uint64_t>(*chosen), place);
    }
    if (isSet(number)) {
        own(*channel, claimed);
    }
    if (!wanted.empty()) {
        ++stats_.adds;
    }
    touched(*channel);
    return channel;
}

/// Whose is this handle number? A recorded owner that is to be deleted, or that holds another handle by now, owns
/// nothing. Of one that is in the kernel the kernel may know better than we whether it is still open.
template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE auto PollerCore<S>::claim(B& backend, NativeHandle handle) noexcept -> Claim {
    if (handle == own_[0] || handle == own_[1]) [[unlikely]] {
        return {Errc::badHandle}; // the user's is closed, and the system gave us its number
    }
    const Place place = handles_.find(static_cast<std::uint64_t>(handle), handleOf());
    return place == detail::noPlace ? Claim{} : claimFrom(backend, store_.at(place));
}

template <class S>
template <class B>
POLLEROS_NEVER_INLINE auto PollerCore<S>::claimFrom(B& backend, Channel& recorded) noexcept -> Claim {
    bool moved = recorded.is(FlagSet<Flag>{Flag::marked, Flag::replaced});
    if (!moved) {
        detail::Statement stated;
        closedWhile([&] { moved = ask(recorded.source_, stated) && stated.handle != recorded.handle_; });
    }
    if (moved) {
        unregister(backend, recorded, When::now);
        disown(recorded);
        recorded.set(Flag::replaced); // whatever its handle is when it is looked at: it must be registered anew
        return {};
    }
    if (!recorded.exp_.empty() && backend.capabilities().has(Capability::tellsDuplicates)) {
        return {.occupied = Occupied::refuse, .rival = &recorded};
    }
    return {Errc::alreadyAttached};
}

template <class S>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::own(Channel& channel, const Claim& claim) noexcept {
    if (claim.rival != nullptr) [[unlikely]] {
        evict(*claim.rival);
    }
    handles_.insert(static_cast<std::uint64_t>(channel.handle_.number), channel.place());
    channel.set(Flag::owner);
}

/// The kernel has accepted another's claim: this one was closed behind our back, and is told so without touching the
/// number.
template <class S>
POLLEROS_NEVER_INLINE void PollerCore<S>::evict(Channel& rival) noexcept {
    rival.expect({});
    disown(rival);
    park(rival, errorCode(Errc::badHandle));
    enlist(rival);
    set(Condition::evicted);
}

template <class S>
template <class B>
void PollerCore<S>::keep(B& backend, detail::Own own, NativeHandle handle) noexcept {
    own_[static_cast<std::size_t>(own)] = handle;
    const Place place = isSet(handle) ? handles_.find(static_cast<std::uint64_t>(handle), handleOf()) : detail::noPlace;
    if (place == detail::noPlace) {
        return;
    }
    Channel& former = store_.at(place);
    unregister(backend, former, When::now); // before ours is registered: it must not meet that
    disown(former);
    former.set(Flag::replaced); // it may have another one by now; else it is told that this one is closed
    touched(former);
}

template <class S>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::disown(Channel& channel) noexcept {
    if (channel.is(Flag::owner)) {
        handles_.erase(static_cast<std::uint64_t>(channel.handle_.number), handleOf());
        channel.unset(Flag::owner);
    }
}

template <class S>
template <class B>
POLLEROS_ALWAYS_INLINE void PollerCore<S>::unregister(B& backend, Channel& channel, When when) noexcept {
    if (!channel.exp_.empty()) {
        backend.remove(channel.handle_.number, channel.seqN_, channel.exp_, when);
        channel.expect({});
        ++stats_.removes;
    }
}

template <class S>
template <class B, class F>
void PollerCore<S>::erase(B& backend, Channel& channel, F&& farewell) {
    withdraw(backend, channel, When::now);
    const ChannelNumber number = channel.number_;
    if (!isPicked(number)) {
        numbers_.erase(static_cast<std::uint64_t>(number), numberOf());
    }
    if (channel.is(Flag::marked)) {
        lists_.unmark(channel);
    }
    reported_ -= channel.act_.empty() ? 0 : 1;
    store_.retire(channel);

    // Also if the farewell throws: the source's end is not put off.
    struct Burial {
        PollerCore& core;
        Channel& channel;
        Conditions before;
        ~Burial() {
            channel.source_.~S();
            const bool later = core.is(Condition::iterating);
            core.condition_ = (core.condition_ - Condition::destroying) | before;
            core.condition_ |= later ? Condition::retired : Conditions();
            core.store_.release(channel, later);
        }
    };
    const Burial burial{*this, channel, condition_ & Condition::destroying};
    set(Condition::destroying);
    std::forward<F>(farewell)(number, std::move(channel.source_));
}

template <class S>
template <class B>
void PollerCore<S>::eraseAll(B& backend) noexcept {
    // What dying sources attach has a later birth, and stays.
    const std::uint64_t draws = store_.draws();
    store_.forEach(0, store_.end(), [&](Channel& channel) {
        if (static_cast<std::uint64_t>(channel.birth_) >> detail::placeBits <= draws) {
            erase(backend, channel, [](ChannelNumber, S&&) noexcept {});
        }
    });
}

template <class S>
auto PollerCore<S>::find(ChannelNumber number) const noexcept -> Channel* {
    if (isPicked(number)) {
        const SeqN birth = detail::seqNOfPicked(number);
        const Place place = detail::placeOf(birth);
        Channel* const channel = place < store_.end() ? &store_.at(place) : nullptr;
        return channel != nullptr && channel->birth_ == birth && channel->number_ == number ? channel : nullptr;
    }
    const Place place = numbers_.find(static_cast<std::uint64_t>(number), numberOf());
    return place == detail::noPlace ? nullptr : &store_.at(place);
}

template <class S>
void PollerCore<S>::enlist(Channel& channel) noexcept {
    channel.flags_ = (channel.flags_ - Flag::plain) | Flag::touched;
    lists_.list(channel);
}

template <class S>
void PollerCore<S>::touched(Channel& channel) noexcept {
    const auto call = enter();
    POLLEROS_ASSERT(!is(closed), "handle(), triggers() and deadline() may not change the poller");
    enlist(channel);
    if (wakeOnChange_ != nullptr) [[unlikely]] {
        std::exchange(wakeOnChange_, nullptr)->wake();
    }
}

template <class S>
bool PollerCore<S>::mark(Channel& channel) noexcept {
    if (!channel.isAttached() || channel.is(Flag::marked)) {
        return false;
    }
    lists_.mark(channel);
    reported_ -= channel.act_.empty() ? 0 : 1;
    channel.silence();
    touched(channel);
    return true;
}

// --- the parts of TriggeredChannel that need the core ---------------------------------------------------------------

template <class S>
PollerCore<S>& TriggeredChannel<S>::core() noexcept {
    return detail::ChannelStore<S>::coreOf(*this);
}

template <class S>
void TriggeredChannel<S>::touchSource() noexcept {
    POLLEROS_ASSERT(isAttached(), "the channel is deleted");
    if constexpr (detail::alwaysLocal<S>() || SometimesLocal<S>) {
        if (audited || !is(Flag::touched)) {
            core().touched(*this);
        }
    }
}

template <class S>
void TriggeredChannel<S>::touch() noexcept {
    if (isAttached()) {
        set(Flag::urged);
        core().touched(*this);
    }
}

template <class S>
void TriggeredChannel<S>::handleReplaced() noexcept {
    if (isAttached()) {
        set(Flag::replaced);
        core().touched(*this);
    }
}

template <class S>
bool TriggeredChannel<S>::markForDeletion() noexcept {
    return core().mark(*this);
}

POLLEROS_NAMESPACE_END
/// @endcond
