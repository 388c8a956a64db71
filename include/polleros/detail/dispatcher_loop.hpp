// SPDX-License-Identifier: MIT
// The bodies of Dispatcher that are its loop: what is told, in which order, and when no more.
#pragma once

#include <polleros/detail/next_read.hpp>
#include <polleros/dispatcher.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

/// One call of a handler, which is the loop's own for so long: so its registration can go at any time. Afterwards it
/// goes back to it, or dies. All but the handler stays in registers: it is apart from it, and everything is inlined.
template <class B>
class Dispatcher<B>::Call {
public:
    /// `channel` is null afterwards if that is over.
    Call(Dispatcher& dispatcher, Wait& turn, Channel*& channel, Handler& kept, Handler& handler) noexcept
        : dispatcher_(dispatcher),
          turn_(turn),
          channel_(channel),
          called_(channel->ref()),
          kept_(kept),
          handler_(handler) {
        dispatcher.running_ = channel->peek().serial;
        dispatcher.runningOn_ = channel->peek().number;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    POLLEROS_ALWAYS_INLINE ~Call() {
        if (called_) [[likely]] { // what it refers to is this dispatcher's, and need not be found
            kept_.fill(handler_);
        } else if (channel_ = dispatcher_.putBack(); channel_ != nullptr) {
            channel_->source().handler = std::move(handler_);
        } else {
            dispatcher_.bury(turn_, handler_);
        }
        dispatcher_.running_ = 0;
        if (dispatcher_.awaiting_ != 0) [[unlikely]] {
            dispatcher_.changed_.wakeAll();
        }
    }

    void make(const Event& event) {
        turn_.outside([&] { handler_(event); });
    }

private:
    Dispatcher& dispatcher_;
    Wait& turn_;
    Channel*& channel_;
    ChannelRef<Registration> called_;
    Handler& kept_; // where it is while it is not called
    Handler& handler_;
};

/// The registration of what has run, if another was wanted in its place and refused: then it is the same.
template <class B>
POLLEROS_NEVER_INLINE auto Dispatcher<B>::putBack() noexcept -> Channel* {
    Channel* const found = find(runningOn_);
    return found != nullptr && found->peek().serial == running_ ? found : nullptr;
}

/// It may call.
template <class B>
POLLEROS_NEVER_INLINE void Dispatcher<B>::bury(Wait& turn, Handler& handler) noexcept {
    turn.outside([&] { handler = nullptr; });
}

/// Returns the channel, or null if it is not registered any more.
template <class B>
POLLEROS_ALWAYS_INLINE auto Dispatcher<B>::tell(Wait& turn, Channel& channel, EventKind kind,
                                                const std::error_code& error) -> Channel* {
    Channel* left = &channel;
    Handler& kept = channel.source().handler;
    Handler handler;
    handler.fill(kept);
    const Event event{kind, channel.peek().number, error};
    {
        Call call(*this, turn, left, kept, handler);
        call.make(event);
    }
    return left;
}

template <class B>
std::error_code Dispatcher<B>::loop() {
    lock_.guarded([this] { loop_ = std::this_thread::get_id(); });
    std::error_code ec;
    Wait turn(lock_, Timeout::never());
    while (!stopping_ && !ec) {
        turn.inside([&] { static_cast<void>(poller_.waitTriggers(Timeout::never(), ec)); });
        if (stopping_) {
            break;
        }
        for (Channel& channel : poller_.triggered()) {
            serve(turn, channel);
            if (stopping_) {
                break; // what is left over comes again; who was handed out would not
            }
        }
    }
    return ec;
}

/// Inlined, like `tell()`: a return to what was called before a system call is mispredicted (measured: 6 ns each).
template <class B>
POLLEROS_ALWAYS_INLINE void Dispatcher<B>::serve(Wait& turn, Channel& channel) {
    Registration& registration = channel.source();
    const Triggers act = channel.act();
    if (registration.throttled && registration.throttledUntil <= poller_.waitTime()) {
        registration.throttled = false;
    }
    const std::error_code end = mayBeOver(channel) ? endOf(channel) : std::error_code{};
    if (end) {
        conclude(channel, end);
    }
    Channel* left = &channel;
    if (end || act.has(Trigger::recv)) {
        left = tell(turn, channel, end ? EventKind::error : EventKind::readable, end);
    }
    if (act.has(Trigger::send) && left != nullptr && left->peek().writes() && !stopping_) {
        left->source().throttle(poller_.now());
        static_cast<void>(tell(turn, *left, EventKind::writable, {}));
    }
}

/// Before its end is told: the kernel forgets it, as its handler may close the handle; or is asked less, if it goes on.
template <class B>
POLLEROS_NEVER_INLINE void Dispatcher<B>::conclude(Channel& channel, const std::error_code& end) noexcept {
    Registration& registration = channel.source();
    const bool goesOn = end == Errc::endOfStream && registration.keepHalfOpen && !channel.act().has(Trigger::err) &&
                        registration.writes();
    registration.kinds = goesOn ? registration.kinds - EventKind::readable : EventKinds();
    static_cast<void>(poller_.apply(channel));
}

/// Of what was reported, whether it is worth a look.
template <class B>
bool Dispatcher<B>::mayBeOver(const Channel& channel) noexcept {
    const bool endIsTold =
        poller_.backend().capabilities().has(Capability::hangupOnly); // else it looks like something to read
    return channel.act().has(Trigger::err | Trigger::hangup) || (!endIsTold && channel.act().has(Trigger::recv));
}

/// Why nothing more will come of this handle. None as long as there is something to be read before the end.
template <class B>
std::error_code Dispatcher<B>::endOf(const Channel& channel) noexcept {
    if (channel.error()) {
        return channel.error();
    }
    const Triggers act = channel.act();
    const bool failed = act.has(Trigger::err);
    const bool hungUp = act.has(Trigger::hangup);
    const bool reads = act.has(Trigger::recv);
    const NativeHandle handle = channel.peek().number;
    const detail::NextRead next = detail::nextRead(handle);
    if (next.ahead == detail::Ahead::data && reads) {
        return {};
    }
    if (next.ahead == detail::Ahead::error) {
        return next.error;
    }
    if (failed) {
        const std::error_code pending = detail::pendingError(handle);
        return pending                            ? pending
               : next.ahead == detail::Ahead::end ? errorCode(Errc::endOfStream)
                                                  : std::make_error_code(std::errc::broken_pipe);
    }
    return hungUp || next.ahead == detail::Ahead::end ? errorCode(Errc::endOfStream) : std::error_code{};
}

/// `request()` makes what can end the loop, and lives as long.
template <class B>
template <class Request>
void Dispatcher<B>::runUntil(std::error_code& ec, Request request) {
    std::thread former; // of a loop that has ended
    ec = lock_.guarded([&](Held& held) { return begin(held, former); });
    if (former.joinable()) {
        former.join();
    }
    if (ec) {
        return;
    }
    struct Finish {
        Dispatcher& dispatcher;
        const std::error_code& ec;
        ~Finish() { dispatcher.finish(ec, nullptr); }
    };
    const Finish finish{*this, ec};
    [[maybe_unused]] const auto requested = request();
    ec = loop();
}

template <class B>
void Dispatcher<B>::run(std::error_code& ec) {
    runUntil(ec, [] { return nullptr; });
}

#if defined(__cpp_lib_jthread)
template <class B>
void Dispatcher<B>::run(std::stop_token token, std::error_code& ec) {
    runUntil(ec, [&] { return std::stop_callback(std::move(token), [this] { requestStop(); }); });
}
#endif

/// The thread of `start()`.
template <class B>
void Dispatcher<B>::runOnThread() noexcept {
    std::error_code ec;
    std::exception_ptr failure;
    POLLEROS_TRY {
        ec = loop();
#if POLLEROS_EXCEPTIONS
        failure = ec ? std::make_exception_ptr(std::system_error(ec, "Dispatcher")) : nullptr;
#endif
    }
    POLLEROS_CATCH_ALL {
        failure = std::current_exception();
    }
    finish(ec, failure);
}

POLLEROS_NAMESPACE_END
/// @endcond
