// SPDX-License-Identifier: MIT
/// @file
/// backend::Epoll: Linux's epoll(7), level-triggered. The backend of choice there: a wait costs what is ready.
///
/// - Sockets, pipes, eventfds, timerfds, signalfds, pidfds, terminals, other pollers: the kernel judges. Regular files
///   and directories it refuses (`Errc::unsupportedHandle`).
/// - Timeouts are exact to the timer's slack where the kernel has epoll_pwait2 (5.11), else rounded up to milliseconds.
/// - epoll keys registrations by the *open file*, not by the descriptor: one whose descriptor was closed lives on while
///   a duplicate does. The poller recognises its events as stale and has the kernel set made anew.
/// - A poller whose sources have deadlines makes a timerfd in its first wait that has no end but a deadline. Later ones
///   need neither an end nor a clock before them, and a call more only when the first deadline moves nearer. Without
///   the timer (no descriptor, no room) each wait has its end, which costs a tenth of a microsecond (measured).
/// - `fs.epoll.max_user_watches` limits registrations per user: an add beyond it fails with ENOSPC.
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/detail/array.hpp>
#include <polleros/detail/bounds.hpp>
#include <polleros/detail/os_calls.hpp>

#if POLLEROS_HAS_EPOLL

#include <polleros/detail/alarm.hpp>
#include <polleros/detail/posix_wake.hpp>

#include <array>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// epoll over a set of system calls; see `Epoll`.
template <class Sys = detail::OsCalls>
class BasicEpoll {
public:
    using Wake = detail::PosixWake<Sys, true>; ///< an eventfd, or a pipe
    using Alarm = detail::TimerAlarm<Sys>;     ///< a timerfd, of pollers whose sources have deadlines

    /// Makes the kernel set. Fails with what epoll_create1(2) or the allocation says.
    BasicEpoll(const Options& options, std::error_code& ec) noexcept
        : set_(Sys::epollCreate()),
          events_(options.memory),
          maxEvents_(detail::clamped<std::size_t>(options.maxEvents, 1, 0x7FFF'FFFF / sizeof(::epoll_event))) {
        ec = set_ ? std::error_code{} : detail::systemError(errno);
        if (!ec && !events_.resize(detail::clamped<std::size_t>(options.initialEvents, 1, maxEvents_), {})) {
            ec = errorCode(Errc::outOfMemory);
        }
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "epoll"; }
    [[nodiscard]] static constexpr Capabilities capabilities() noexcept {
        return {Capability::hangupOnly, Capability::priority, Capability::anyHandle,      Capability::subMillisecond,
                Capability::nests,      Capability::edge,     Capability::tellsDuplicates};
    }

    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When /*always now*/) noexcept {
        std::error_code ec = control(EPOLL_CTL_ADD, handle, seqN, interest);
        if (occupied == Occupied::takeOver && ec.value() == EEXIST) {
            ec = control(EPOLL_CTL_MOD, handle, seqN, interest);
        }
        return ec;
    }

    [[nodiscard]] POLLEROS_ALWAYS_INLINE std::error_code modify(NativeHandle handle, SeqN seqN, Interest /*from*/,
                                                                Interest to) noexcept {
        return control(EPOLL_CTL_MOD, handle, seqN, to);
    }

    void remove(NativeHandle handle, SeqN /*seqN*/, Interest /*from*/, When /*always now*/) noexcept {
        ::epoll_event ignored{}; // Linux before 2.6.9 wanted one
        Sys::epollControl(set_.get(), EPOLL_CTL_DEL, handle, &ignored);
    }

    [[nodiscard]] POLLEROS_ALWAYS_INLINE std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        if (isFull_) [[unlikely]] {
            // Only now: the events of the last wait have been read. Without memory, the buffer stays as it is.
            isFull_ = false;
            static_cast<void>(events_.resize(detail::smaller<std::size_t>(events_.size() * 2, maxEvents_), {}));
        }
        const bool endless = timeout.isNever();
        const int got = endless || timeout.isImmediate() ? waitCoarsely(endless ? -1 : 0) : waitExactly(timeout);
        if (got <= 0) [[unlikely]] {
            if (got < 0) {
                ec = detail::systemError(errno);
            }
            return 0;
        }
        const auto count = static_cast<std::size_t>(got);
        if (count >= events_.size()) [[unlikely]] {
            isFull_ = events_.size() < maxEvents_;
            return events_.size();
        }
        return count;
    }

    [[nodiscard]] Ready ready(std::size_t index) const noexcept {
        const ::epoll_event& event = events_[index];
        const std::uint32_t bits = event.events; // only what was asked for, and errors: EPOLLWRNORM and its kin are not
        return {SeqN{event.data.u64}, Readiness::fromBits(static_cast<std::uint8_t>(bits | bits >> 8U)), 0};
    }

    [[nodiscard]] std::error_code renew() noexcept {
        detail::UniqueHandle<Sys> fresh(Sys::epollCreate());
        if (!fresh) {
            return detail::systemError(errno);
        }
        set_ = std::move(fresh);
        return {};
    }

    /// Called instead of waiting while a forgotten registration would end every wait at once.
    void rest() const noexcept { Sys::sleepMillisecond(); }

    [[nodiscard]] TimePoint now() const noexcept { return Sys::now(); }
    /// The epoll descriptor: readable while something is ready in it. Changes when the set is renewed.
    [[nodiscard]] NativeHandle nativeHandle() const noexcept { return set_.get(); }

private:
    static_assert(EPOLLIN == 0x1 && EPOLLPRI == 0x2 && EPOLLOUT == 0x4 && EPOLLERR == 0x8 && EPOLLHUP == 0x10 &&
                      EPOLLRDHUP == 0x2000 && EPOLLET == 1U << 31U,
                  "InterestFlag and ReadyFlag are shifted to these");

    /// What the kernel calls an interest, by the interest's bits: a load where shifting took nine instructions.
    static constexpr auto masks = [] {
        std::array<std::uint32_t, 32> all{};
        for (std::uint32_t bits = 0; bits < all.size(); ++bits) {
            all[bits] = (bits | (bits & 0x8U) << 10U | (bits & 0x10U) << 27U) & ~0x18U;
        }
        return all;
    }();
    [[nodiscard]] static constexpr std::uint32_t mask(Interest interest) noexcept {
        return masks[interest.bits() % masks.size()];
    }
    static_assert(masks[Interest(InterestFlag::hangup).bits()] == EPOLLRDHUP &&
                  masks[Interest(InterestFlag::edge).bits()] == 1U << 31U);

    [[nodiscard]] POLLEROS_ALWAYS_INLINE std::error_code control(int operation, NativeHandle handle, SeqN seqN,
                                                                 Interest interest) noexcept {
        ::epoll_event event{};
        event.events = mask(interest);
        event.data.u64 = static_cast<std::uint64_t>(seqN);
        return detail::systemError(Sys::epollControl(set_.get(), operation, handle, &event) == 0 ? 0 : errno);
    }

    [[nodiscard]] int waitCoarsely(int milliseconds) noexcept {
        return Sys::epollWait(set_.get(), events_.data(), static_cast<int>(events_.size()), milliseconds);
    }
    /// A finite epoll_wait costs about as much more than an endless one as epoll_pwait2 does, but is coarser.
    [[nodiscard]] POLLEROS_NEVER_INLINE int waitExactly(Timeout timeout) noexcept {
        if (!lacksPwait2_) {
            const int got = Sys::epollPwait2(set_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
            if (got >= 0 || (errno != ENOSYS && errno != EPERM)) {
                return got;
            }
            lacksPwait2_ = true; // an old kernel, or a sandbox: it will not change its mind
        }
        return waitCoarsely(timeout.toMilliseconds());
    }

    detail::UniqueHandle<Sys> set_;
    detail::Array<::epoll_event> events_;
    std::size_t maxEvents_;
    bool isFull_ = false;
    bool lacksPwait2_ = false;
};

/// Linux's epoll.
using Epoll = BasicEpoll<>;

} // namespace backend

POLLEROS_NAMESPACE_END

#else

#include <polleros/backend/poll.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// Not on this system; all the rest is another backend's, so that this one line is all the compiler has to say.
template <class Sys = detail::OsCalls>
class BasicEpoll : public BasicPoll<Sys> {
    static_assert(sizeof(Sys) == 0, "polleros: backend::Epoll needs Linux, this system has no epoll(7)");

public:
    using BasicPoll<Sys>::BasicPoll;
};

using Epoll = BasicEpoll<>;

} // namespace backend

POLLEROS_NAMESPACE_END

#endif
