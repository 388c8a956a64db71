// SPDX-License-Identifier: MIT
// The bodies of Poller that make it, and that attach and delete channels.
#pragma once

#include <polleros/poller.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class B, class S>
Poller<B, S>::Poller(const Options& options, std::error_code& ec) noexcept
    : options_(options), core_(options), backend_(options, ec), forks_(detail::ForkCount::current()) {
    static_assert(Source<S>, "see source.hpp for what a source must have");
    static_assert(detail::SubmitsAsPromised<B>,
                  "submit(std::error_code&) and submit(SeqN) come together, see backend/backend.hpp");
    detail::ForkCount::watch();
    options_.backend = backend_.name(); // the user's text may be gone when there is a wake to be made
    if (!ec) {
        ec = makeRoom(options.initialChannels);
    }
    broken_ = ec;
    core_.set(Condition::impaired, static_cast<bool>(ec));
}

template <class B, class S>
Poller<B, S>::~Poller() {
    core_.wakeOnChange(nullptr);
    if (wake_ != nullptr) {
        wake_->release();
    }
}

template <class B, class S>
POLLEROS_ALWAYS_INLINE bool Poller<B, S>::isUsable() const noexcept {
    return (!core_.is(core_.closed | Condition::impaired) && !isForked()) || isUsableAllTheSame();
}

template <class B, class S>
POLLEROS_NEVER_INLINE bool Poller<B, S>::isUsableAllTheSame() const noexcept {
    POLLEROS_ASSERT(!isForked(), "a poller was used in a forked child without resetAfterFork()");
    POLLEROS_ASSERT(!core_.is(core_.closed),
                    "the poller was called from a source's function or from its own destructor");
    return !broken_ && !isForked() && !core_.is(core_.closed);
}

template <class B, class S>
std::error_code Poller<B, S>::usable() const noexcept {
    if (isUsable()) {
        return {};
    }
    if (broken_ || isForked()) [[unlikely]] {
        return errorCode(Errc::badPoller);
    }
    return errorCode(Errc::reentrant);
}

template <class B, class S>
std::error_code Poller<B, S>::reserve(std::size_t channels) noexcept {
    const auto call = core_.enter();
    const std::error_code ec = usable();
    return ec ? ec : makeRoom(channels);
}

template <class B, class S>
std::error_code Poller<B, S>::makeRoom(std::size_t channels) noexcept {
    std::error_code ec = core_.reserve(channels);
    if constexpr (requires { backend_.reserve(channels); }) {
        if (!ec && !backend_.reserve(channels)) {
            ec = errorCode(Errc::outOfMemory);
        }
    }
    return ec;
}

template <class B, class S>
template <class T>
POLLEROS_ALWAYS_INLINE auto Poller<B, S>::attach(const ChannelNumber* number, T& source, std::error_code& ec) noexcept
    -> Channel* {
    const auto call = core_.enter();
    if (ec) {
        ec.clear();
    }
    if (!isUsable()) [[unlikely]] {
        ec = usable();
        return nullptr;
    }
    return core_.attach(backend_, number, source, ec);
}

#if POLLEROS_EXCEPTIONS
template <class B, class S>
template <class T>
POLLEROS_ALWAYS_INLINE auto Poller<B, S>::attachOrThrow(const ChannelNumber* number, T& source) -> Channel& {
    Channel* const channel = attach(number, source, good_);
    if (channel == nullptr) [[unlikely]] {
        detail::throwIf(std::exchange(good_, {}), "attachChannel");
    }
    return *channel;
}
#endif

template <class B, class S>
bool Poller<B, S>::deleteChannel(const Which<S>& which) noexcept {
    const auto call = core_.enter();
    Channel* const channel = isUsable() ? core_.find(which) : nullptr;
    if (channel != nullptr) {
        core_.erase(backend_, *channel, [](ChannelNumber, S&&) noexcept {});
    }
    return channel != nullptr;
}

/// Moved straight to its destination, and before anything else: a move that throws leaves the channel where it is. The
/// kernel is told before the old place's destructor runs all the same.
template <class B, class S>
template <class T>
void Poller<B, S>::detach(const Which<S>& which, std::optional<T>& destination) {
    Channel* const channel = core_.find(which);
    T* const source = channel != nullptr ? detail::alternative<T>(PollerCore<S>::sourceOf(*channel)) : nullptr;
    if (source != nullptr) {
        core_.closedWhile([&] { destination.emplace(std::move(*source)); });
        core_.erase(backend_, *channel, [](ChannelNumber, S&&) noexcept {});
    }
}

template <class B, class S>
std::optional<S> Poller<B, S>::detachChannel(const Which<S>& which) {
    return detachChannel<S>(which);
}

template <class B, class S>
template <class T>
std::optional<T> Poller<B, S>::detachChannel(const Which<S>& which) {
    const auto call = core_.enter();
    std::optional<T> source;
    if (isUsable()) {
        detach(which, source);
    }
    return source;
}

template <class B, class S>
std::optional<S> Poller<B, S>::detachChannel(const Which<S>& which, std::error_code& ec) noexcept {
    const auto call = core_.enter();
    std::optional<S> source;
    ec = usable();
    if (!ec) {
        POLLEROS_TRY {
            detach(which, source);
            ec = source ? std::error_code{} : errorCode(Errc::notFound);
        }
        POLLEROS_CATCH_ALL {
            ec = errorCode(Errc::sourceThrew);
        }
    }
    return source;
}

template <class B, class S>
template <class F>
std::size_t Poller<B, S>::deleteMarked(F&& farewell) {
    const auto call = core_.enter();
    if (!isUsable()) {
        return 0;
    }
    // Not those that are marked on the way: a farewell that attaches and marks would never end.
    std::size_t left = core_.lists().marked();
    std::size_t deleted = 0;
    for (Channel* channel = nullptr; left != 0 && (channel = core_.lists().firstMarked()) != nullptr; --left) {
        core_.erase(backend_, *channel, farewell);
        ++deleted;
    }
    return deleted;
}

template <class B, class S>
template <class Range, class F>
std::size_t Poller<B, S>::deleteGroup(const Range& group, F&& farewell) {
    const auto call = core_.enter();
    if (!isUsable()) {
        return 0;
    }
    std::size_t deleted = 0;
    for (const auto& which : group) {
        if (Channel* const channel = core_.find(Which<S>(which))) {
            core_.erase(backend_, *channel, farewell);
            ++deleted;
        }
    }
    return deleted;
}

template <class B, class S>
void Poller<B, S>::deleteAll() noexcept {
    const auto call = core_.enter();
    if (isUsable()) {
        core_.eraseAll(backend_);
    }
}

template <class B, class S>
void Poller<B, S>::touch(ChannelNumber number) noexcept {
    if (Channel* const channel = find(number)) {
        channel->touch();
    }
}

template <class B, class S>
POLLEROS_ALWAYS_INLINE std::error_code Poller<B, S>::apply(const Which<S>& which) noexcept {
    const auto call = core_.enter();
    if (!isUsable()) {
        return usable();
    }
    Channel* const channel = core_.find(which);
    if (channel == nullptr) {
        return errorCode(Errc::notFound);
    }
    return core_.applyNow(backend_, *channel);
}

template <class B, class S>
Waker Poller<B, S>::waker(std::error_code& ec) noexcept {
    const auto call = core_.enter();
    ec = usable();
    if (!ec) {
        ec = ensureWake();
    }
    return ec ? Waker() : Waker(*wake_);
}

template <class B, class S>
std::error_code Poller<B, S>::ensureWake() noexcept {
    if (wake_ != nullptr) {
        return {};
    }
    std::error_code ec;
    wake_ = WakeBlock::make(options_, ec);
    if (!ec) {
        core_.keep(backend_, detail::Own::wake, wake_->signalHandle().handle());
        ec = registerWake();
    }
    if (ec && wake_ != nullptr) {
        core_.keep(backend_, detail::Own::wake, invalidHandle);
        std::exchange(wake_, nullptr)->release();
    }
    return ec;
}

template <class B, class S>
std::error_code Poller<B, S>::registerWake() noexcept {
    auto& signal = wake_->signalHandle();
    return backend_.add(signal.handle(), wakerSeqN, signal.interest(), Occupied::takeOver, When::now);
}

/// Again, after a set made anew had no room for it.
template <class B, class S>
std::error_code Poller<B, S>::recoverWake() noexcept {
    const std::error_code ec = registerWake();
    core_.set(Condition::impaired, static_cast<bool>(ec));
    return ec;
}

/// Rings at the first deadline from now on, if the system has something for it.
template <class B, class S>
POLLEROS_NEVER_INLINE void Poller<B, S>::setAlarm([[maybe_unused]] TimePoint deadline) noexcept {
    if constexpr (Alarm::exists) {
        if (!alarm_.isOpen() && alarm_.open()) {
            core_.keep(backend_, detail::Own::alarm, alarm_.handle());
            registerAlarm();
        }
        if (alarm_.isOpen() && !alarm_.set(deadline)) {
            dropAlarm(true);
        }
    }
}

template <class B, class S>
void Poller<B, S>::dropAlarm([[maybe_unused]] bool forGood) noexcept {
    if constexpr (Alarm::exists) {
        alarm_.close(forGood);
        core_.keep(backend_, detail::Own::alarm, invalidHandle);
    }
}

/// In the kernel's set, which may be a new one. If that has no room, there is no alarm any more.
template <class B, class S>
void Poller<B, S>::registerAlarm() noexcept {
    if constexpr (Alarm::exists) {
        constexpr Interest edge{InterestFlag::read, InterestFlag::edge};
        if (alarm_.isOpen() && backend_.add(alarm_.handle(), alarmSeqN, edge, Occupied::takeOver, When::now)) {
            dropAlarm(true);
        }
    }
}

template <class B, class S>
std::error_code Poller<B, S>::resetAfterFork() noexcept {
    const auto call = core_.enter();
    if (broken_) {
        return errorCode(Errc::badPoller);
    }
    if (const std::error_code ec = backend_.renew()) {
        return ec;
    }
    forks_ = detail::ForkCount::current();
    core_.unset(Condition::impaired | Condition::prepared);
    core_.wakeOnChange(nullptr);
    if (wake_ != nullptr) { // the parent has it too: a wake here would be one there
        core_.keep(backend_, detail::Own::wake, invalidHandle);
        std::exchange(wake_, nullptr)->release();
    }
    dropAlarm(false); // it is the parent's, too
    core_.registerAll(backend_);
    return {};
}

POLLEROS_NAMESPACE_END
/// @endcond
