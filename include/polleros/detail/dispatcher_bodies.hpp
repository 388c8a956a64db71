// SPDX-License-Identifier: MIT
// The bodies of Dispatcher that register and deregister, and that begin and end its loop.
#pragma once

#include <polleros/dispatcher.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

template <class B>
Dispatcher<B>::Dispatcher(const DispatcherOptions& options, std::error_code& ec) noexcept
    : poller_(options.poller, ec),
      interval_(options.writableInterval.value_or(detail::writableIntervalOfEnvironment())) {
    if (!ec) {
        lock_.wakeBy(poller_.waker(ec));
    }
    broken_ = ec ? errorCode(Errc::badPoller) : ec;
}

/// Handlers die before the poller does: their destructors may call.
template <class B>
Dispatcher<B>::~Dispatcher() {
    POLLEROS_ASSERT(lock_.guarded([this] { return !isLoop(); }),
                    "a dispatcher is destroyed inside one of its handlers");
    POLLEROS_TRY {
        stop();
    }
    POLLEROS_CATCH_ALL {}
    for (Channel& channel : poller_.channels()) {
        const Handler dies = std::move(channel.source().handler);
    }
}

template <class B>
auto Dispatcher<B>::find(NativeHandle handle) noexcept -> Channel* {
    return isSet(handle) ? poller_.find(ChannelNumber{static_cast<std::uint64_t>(handle)}) : nullptr;
}

/// The serial of what is running on this handle and has to be waited for: of its registration, or of one that was
/// deregistered meanwhile; 0 if there is nothing. The loop's thread waits for nobody: it would be for itself.
template <class B>
std::uint64_t Dispatcher<B>::runningFor(NativeHandle handle, const Channel* found) const noexcept {
    const bool isIt = running_ != 0 && runningOn_ == handle && !isLoop();
    return isIt && (found == nullptr || found->peek().serial == running_) ? running_ : 0;
}

template <class B>
void Dispatcher<B>::awaitEndOf(std::uint64_t serial) noexcept {
    if (serial != 0) {
        lock_.guarded([&](Held& held) {
            ++awaiting_;
            changed_.await(held, [&] { return running_ != serial; });
            --awaiting_;
        });
    }
}

template <class B>
std::error_code Dispatcher<B>::registerHandle(NativeHandle handle, EventKinds kinds, Handler handler,
                                              const RegistrationOptions& options) noexcept {
    constexpr EventKinds all{EventKind::readable, EventKind::writable, EventKind::error};
    if (!handler || !kinds.has(all)) {
        return errorCode(Errc::noHandler);
    }
    if (!isSet(handle)) {
        return errorCode(Errc::badHandle);
    }
    Registration made{.number = handle,
                      .kinds = kinds & all,
                      .keepHalfOpen = options.keepHalfOpen,
                      .serial = 0,
                      .handler = std::move(handler),
                      .interval = options.writableInterval.value_or(interval_)};
    std::optional<Registration> former; // dies when the lock has been given back
    std::uint64_t running = 0;
    std::error_code ec;
    {
        const Change turn(lock_);
        if (broken_) {
            return broken_;
        }
        const ChannelNumber number{static_cast<std::uint64_t>(handle)};
        if (const Channel* const found = find(handle)) {
            running = runningFor(handle, found);
            former = poller_.detachChannel(*found, ec);
        } else {
            running = runningFor(handle, nullptr);
        }
        made.serial = ++lastSerial_;
        poller_.attachChannel(number, std::move(made), ec);
        if (ec) {
            std::error_code gone; // then it cannot be watched any more than the new one
            if (former) {
                poller_.attachChannel(number, std::move(*former), gone);
            }
            running = gone ? running : 0;
        }
    }
    awaitEndOf(running);
    return ec;
}

template <class B>
bool Dispatcher<B>::deregisterHandle(NativeHandle handle) noexcept {
    std::optional<Registration> former; // dies when the lock has been given back
    std::uint64_t running = 0;
    {
        const Change turn(lock_);
        const Channel* const found = find(handle);
        running = runningFor(handle, found);
        if (found != nullptr) {
            std::error_code ec;
            former = poller_.detachChannel(*found, ec);
        }
    }
    awaitEndOf(running);
    return former.has_value();
}

template <class B>
std::size_t Dispatcher<B>::size() noexcept {
    const Change turn(lock_);
    return poller_.size();
}

template <class B>
Stats Dispatcher<B>::stats() noexcept {
    const Change turn(lock_);
    return poller_.stats();
}

/// Makes the caller's the only loop. One that is about to end is waited for.
template <class B>
std::error_code Dispatcher<B>::begin(Held& held, std::thread& former) noexcept {
    if (broken_) {
        return broken_;
    }
    changed_.await(held, [this] { return !looping_ || !stopping_ || isLoop(); });
    if (looping_) {
        return errorCode(Errc::reentrant);
    }
    former = std::move(thread_);
    loop_ = {};
    looping_ = true;
    stopping_ = false;
    error_ = {};
    return {};
}

template <class B>
void Dispatcher<B>::finish(const std::error_code& ec, const std::exception_ptr& failure) noexcept {
    lock_.guarded([&] {
        error_ = ec;
        failure_ = failure ? failure : failure_;
        looping_ = false;
        ++loops_;
        changed_.wakeAll();
    });
}

template <class B>
void Dispatcher<B>::requestStop() noexcept {
    lock_.guarded([this] { stopping_ = looping_; });
    lock_.wake();
}

template <class B>
void Dispatcher<B>::end(bool now) {
    if (now) {
        requestStop();
    }
    std::thread thread;
    std::exception_ptr failure;
    lock_.guarded([&](Held& held) {
        if (isLoop()) {
            return;
        }
        const std::uint64_t before = loops_;
        changed_.await(held, [&] { return !looping_ || loops_ != before; });
        if (!looping_) {
            thread = std::move(thread_);
            failure = std::exchange(failure_, nullptr);
        }
    });
    if (thread.joinable()) {
        thread.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

template <class B>
std::error_code Dispatcher<B>::start() noexcept {
    std::thread former; // of a loop that has ended
    const std::error_code ec = lock_.guarded([&](Held& held) {
        std::error_code failed = begin(held, former);
        if (!failed) {
            POLLEROS_TRY {
                thread_ = std::thread([this] { runOnThread(); });
            }
            POLLEROS_CATCH_ALL {
                failed = std::make_error_code(std::errc::resource_unavailable_try_again);
                looping_ = false;
                changed_.wakeAll();
            }
        }
        return failed;
    });
    if (former.joinable()) {
        former.join();
    }
    return ec;
}

POLLEROS_NAMESPACE_END
/// @endcond
