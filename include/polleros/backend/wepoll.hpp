// SPDX-License-Identifier: MIT
/// @file
/// backend::Wepoll: Windows's own AFD driver, which Winsock is made of, through the wepoll library. The backend of choice
/// there: a wait costs what is ready. It exists where `<wepoll.h>` is found; link `wepoll::wepoll`.
///
/// - Sockets only: every other handle is `Errc::unsupportedHandle`, a closed one `Errc::badHandle`.
/// - Timeouts are rounded up to milliseconds, and as exact as the system's tick (15.6 ms).
/// - wepoll keys registrations by the number of the handle, and says nothing when a registered socket is closed. So each
///   wait looks after a few registrations, without a system call; in time every one that has died is told.
/// - A reset is told as an error. The end of the peer's stream is told to who asks for `recv`, or with others for
///   `hangup`; to who asks for `hangup` alone perhaps only when the data before it has been read (Wine), or at once.
/// - The driver answers once, when something is ready, and a wait tells the answer: one may be told what was so since the
///   last wait and is so no more. Handles are non-blocking, so that is a read or write too many. For the same reason who
///   wants something else may be told a wait late, if that one has others to tell of.
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/detail/array.hpp>
#include <polleros/detail/os_wepoll.hpp>

#if POLLEROS_HAS_WEPOLL

#include <polleros/detail/socket_wake.hpp>

#include <algorithm>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// wepoll over a set of calls; see `Wepoll`.
template <class Sys = detail::WepollCalls>
class BasicWepoll {
public:
    using Wake = detail::SocketWake<Sys>; ///< one datagram socket, drained

    /// Makes the kernel set. Fails with what wepoll or the allocation says.
    BasicWepoll(const Options& options, std::error_code& ec) noexcept
        : set_(Sys::wepollCreate()),
          events_(options.memory),
          members_(options.memory),
          lost_(options.memory),
          maxEvents_(std::max<std::size_t>(options.maxEvents, 1)) {
        ec = set_ != nullptr ? std::error_code{} : detail::systemError(Sys::lastError());
        const bool room = events_.resize(std::clamp<std::size_t>(options.initialEvents, 1, maxEvents_), {}) &&
                          lost_.reserve(lookedAfter) &&
                          reserve(std::min<std::size_t>(options.initialChannels, detail::maxPlaces));
        if (!ec && !room) {
            ec = errorCode(Errc::outOfMemory);
        }
    }
    BasicWepoll(const BasicWepoll&) = delete;
    BasicWepoll& operator=(const BasicWepoll&) = delete;
    /// Nobody waits any more: closing would not wake him.
    ~BasicWepoll() {
        if (set_ != nullptr) {
            leaveAndClose();
        }
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "wepoll"; }
    [[nodiscard]] static constexpr Capabilities capabilities() noexcept { return Capability::priority; }

    [[nodiscard]] bool reserve(std::size_t channels) noexcept { return members_.grow(channels); }

    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When /*always now*/) noexcept {
        if (const int reason = detail::refusalOf<Sys>(handle)) { // wepoll itself would take anything under Wine
            return detail::systemError(reason);
        }
        if (interest.empty()) {
            return {};
        }
        const Member member{seqN, handle, interest};
        if (seqN != wakerSeqN) {
            const detail::Place place = detail::placeOf(seqN);
            const bool room =
                place < members_.size() || (members_.grow(place + 1) && members_.resize(place + 1, Member{}));
            if (!room) {
                return errorCode(Errc::outOfMemory);
            }
        }
        const std::error_code ec = join(member, occupied);
        if (!ec) {
            memberOf(seqN) = member;
        }
        return ec;
    }

    [[nodiscard]] std::error_code modify(NativeHandle handle, SeqN seqN, Interest /*from*/, Interest to) noexcept {
        const std::error_code ec = control(EPOLL_CTL_MOD, {seqN, handle, to});
        if (!ec) {
            memberOf(seqN).interest = to;
            ++changes_;
        }
        return ec;
    }

    void remove(NativeHandle handle, SeqN seqN, Interest from, When /*always now*/) noexcept {
        if (!from.empty()) {
            static_cast<void>(control(EPOLL_CTL_DEL, {seqN, handle, from}));
            memberOf(seqN) = {};
            ++changes_;
        }
    }

    [[nodiscard]] std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        if (full_) {
            // Only now: the events of the last wait have been read. Without memory, the buffer stays as it is.
            full_ = !events_.resize(std::min<std::size_t>(events_.size() * 2, maxEvents_), {});
        }
        lost_.clear();
        ec.clear();
        // What was withdrawn is in the queue, too, and takes a place of what is ready; what was changed is asked for anew
        // only when its old answer has come. A wait that does not block would miss both.
        std::size_t rounds = changes_ == 0 ? 0 : 1 + changes_ / events_.size();
        int got = ask(timeout.toMilliseconds());
        for (; got == 0 && rounds != 0; --rounds) {
            got = ask(0);
        }
        count_ = got < 0 ? 0 : std::min<std::size_t>(static_cast<std::size_t>(got), events_.size());
        full_ = count_ == events_.size() && count_ < maxEvents_;
        if (got < 0) {
            ec = expelWhoFails(Sys::lastError());
            if (!lost_.empty()) { // they are told first; what fails then fails again
                ec.clear();
            }
        } else {
            lookAfterSome();
        }
        return count_ + lost_.size();
    }

    [[nodiscard]] Ready ready(std::size_t index) const noexcept {
        if (index >= count_) {
            return lost_[index - count_];
        }
        const std::uint32_t bits = events_[index].events;
        Readiness readiness;
        const auto map = [&](std::uint32_t bit, Readiness flags) {
            if ((bits & bit) != 0) {
                readiness |= flags;
            }
        };
        map(EPOLLIN, ReadyFlag::read);
        map(EPOLLPRI, ReadyFlag::priority);
        map(EPOLLOUT, ReadyFlag::write);
        map(EPOLLERR, ReadyFlag::error);
        map(EPOLLHUP, ReadyFlag::error | ReadyFlag::hangup); // nothing but a reset
        map(EPOLLRDHUP, ReadyFlag::readEnd);
        return {SeqN{events_[index].data.u64}, readiness, 0};
    }

    [[nodiscard]] std::error_code renew() noexcept {
        const HANDLE fresh = Sys::wepollCreate();
        if (fresh == nullptr) {
            return detail::systemError(Sys::lastError());
        }
        leaveAndClose();
        set_ = fresh;
        changes_ = 0;
        for (Member& member : members_) {
            member = {};
        }
        waker_ = {};
        return {};
    }

    /// Called instead of waiting while a forgotten registration would end every wait at once.
    void rest() const noexcept { Sys::sleepMillisecond(); }

    [[nodiscard]] TimePoint now() const noexcept { return Sys::now(); }
    /// wepoll's handle, for its own functions: no SOCKET, and nothing can wait for it. Another one once the set is renewed.
    [[nodiscard]] HANDLE nativeHandle() const noexcept { return set_; }

private:
    /// Who is registered; nobody if the interest is empty.
    struct Member {
        SeqN seqN{};
        NativeHandle handle = invalidHandle;
        Interest interest;
    };

    static constexpr std::size_t lookedAfter = 8; ///< registrations per wait

    [[nodiscard]] static constexpr std::uint32_t mask(Interest interest) noexcept {
        return (interest.has(InterestFlag::read) ? EPOLLIN : 0U) | (interest.has(InterestFlag::write) ? EPOLLOUT : 0U) |
               (interest.has(InterestFlag::priority) ? EPOLLPRI : 0U) |
               (interest.has(InterestFlag::hangup) ? EPOLLRDHUP : 0U);
    }

    [[nodiscard]] Member& memberOf(SeqN seqN) noexcept {
        return seqN == wakerSeqN ? waker_ : members_[detail::placeOf(seqN)];
    }

    [[nodiscard]] std::error_code control(int operation, const Member& member) noexcept {
        ::epoll_event event{};
        event.events = mask(member.interest);
        event.data.u64 = static_cast<std::uint64_t>(member.seqN);
        return Sys::wepollControl(set_, operation, member.handle, &event) == 0 ? std::error_code{}
                                                                               : detail::systemError(Sys::lastError());
    }

    /// What wepoll takes for registered already is the leftover of a closed socket with the same number: a change of it
    /// would succeed, and be deaf for ever.
    [[nodiscard]] std::error_code join(const Member& member, Occupied occupied) noexcept {
        std::error_code ec = control(EPOLL_CTL_ADD, member);
        if (occupied == Occupied::takeOver && ec == Errc::alreadyAttached) {
            static_cast<void>(control(EPOLL_CTL_DEL, member));
            ec = control(EPOLL_CTL_ADD, member);
        }
        return ec;
    }

    [[nodiscard]] int ask(int milliseconds) noexcept {
        waiter_ = Sys::thread();
        const int room = static_cast<int>(std::min<std::size_t>(events_.size(), 0x7FFF'FFFF / sizeof(::epoll_event)));
        const int got = Sys::wepollWait(set_, events_.data(), room, milliseconds);
        // What has taken no place of what was ready may have been an answer to a change; what found no place comes next.
        const auto unused = static_cast<std::size_t>(room - std::max<int>(got, 0));
        changes_ = std::min<std::size_t>(changes_ - std::min<std::size_t>(changes_, unused), members_.size());
        return got;
    }

    void lose(Member& member, int failure) noexcept {
        lost_.push({member.seqN, {}, failure});
        member = {};
    }

    /// wepoll has dropped what was closed, and nobody else knows. Saying again what it should watch costs no system call.
    void lookAfterSome() noexcept {
        const std::size_t most = std::min<std::size_t>(lookedAfter, members_.size());
        for (std::size_t turn = 0; turn < most; ++turn) {
            next_ = next_ < members_.size() ? next_ : 0;
            Member& member = members_[next_++];
            if (member.interest.empty()) {
                continue;
            }
            const std::error_code ec = control(EPOLL_CTL_MOD, member);
            if (ec == Errc::notFound || ec == Errc::badHandle) {
                lose(member, WSAEBADF);
            }
        }
    }

    /// wepoll tries the same socket again and again, and fails every wait, if the system refuses to watch it. So all leave
    /// the set and come back one by one; who makes a wait fail stays out, and is told. An error if nobody is to blame.
    [[nodiscard]] std::error_code expelWhoFails(int reason) noexcept {
        if (!lost_.reserve(members_.size())) {
            return detail::systemError(reason);
        }
        leaveAll();
        const bool works = fails() == 0;
        std::error_code ec = works ? std::error_code{} : detail::systemError(reason);
        if (const int failure = waker_.interest.empty() ? 0 : comeBack(waker_, works)) {
            ec = detail::systemError(failure); // a wait that nobody could end is none
        }
        for (Member& member : members_) {
            if (const int failure = member.interest.empty() ? 0 : comeBack(member, works)) {
                lose(member, failure);
            }
        }
        return ec;
    }

    void leaveAll() noexcept {
        const auto leave = [this](const Member& member) {
            if (!member.interest.empty()) {
                static_cast<void>(control(EPOLL_CTL_DEL, member));
                ++changes_;
            }
        };
        leave(waker_);
        std::for_each(members_.begin(), members_.end(), leave);
    }

    /// Closing frees the memory of polls that are under way, to which the system writes that they were cancelled: seen
    /// under Wine as a damaged heap. So they are withdrawn first, and their answers waited for: they come by way of the
    /// thread that has asked, at once if that is this one.
    void leaveAndClose() noexcept {
        leaveAll();
        if (changes_ != 0) {
            static_cast<void>(ask(waiter_ == Sys::thread() ? 1 : 50));
            for (std::size_t rounds = 1 + members_.size() / events_.size(); rounds != 0; --rounds) {
                static_cast<void>(ask(0));
            }
        }
        Sys::wepollClose(set_);
    }

    [[nodiscard]] int comeBack(const Member& member, bool asks) noexcept {
        if (const std::error_code ec = join(member, Occupied::takeOver)) {
            return ec.value();
        }
        const int failure = asks ? fails() : 0;
        if (failure != 0) {
            static_cast<void>(control(EPOLL_CTL_DEL, member));
        }
        return failure;
    }

    /// What it tells is told again by the next wait.
    [[nodiscard]] int fails() noexcept { return ask(0) < 0 ? Sys::lastError() : 0; }

    HANDLE set_;
    detail::Array<::epoll_event> events_; // what the last wait brought, `count_` of them
    detail::Array<Member> members_;       // by place of the SeqN
    detail::Array<Ready> lost_;           // whose registration the last wait has found dead
    Member waker_;
    std::size_t count_ = 0;
    std::size_t next_ = 0;    // to be looked after
    std::size_t changes_ = 0; // whose answers may still be in the queue
    std::size_t maxEvents_;
    DWORD waiter_ = 0; // the thread that has waited last
    bool full_ = false;
};

/// Windows's AFD, through wepoll.
using Wepoll = BasicWepoll<>;

} // namespace backend

POLLEROS_NAMESPACE_END

#else

#include <polleros/backend/poll.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// Not here; all the rest is another backend's, so that this one line is all the compiler has to say.
template <class Sys = detail::OsCalls>
class BasicWepoll : public BasicPoll<Sys> {
    static_assert(sizeof(Sys) == 0, "polleros: backend::Wepoll needs Windows, and <wepoll.h> on the include path");

public:
    using BasicPoll<Sys>::BasicPoll;
};

using Wepoll = BasicWepoll<>;

} // namespace backend

POLLEROS_NAMESPACE_END

#endif
