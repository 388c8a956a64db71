// SPDX-License-Identifier: MIT
/// @file
/// backend::Kqueue: kqueue(2) of macOS and the BSDs, level-triggered. The backend of choice there: a wait costs what is
/// ready, and all changes of interest travel in the call that waits.
///
/// - Regular files, directories and block devices, which a kqueue calls always ready, are refused
///   (`Errc::unsupportedHandle`); of all else the kernel judges. Some devices have no support for it: on macOS most
///   terminals and character devices are refused.
/// - Reading and writing are events of their own: a handle that is ready for both takes the room of two in
///   `Options::maxEvents`, and is told of both in two waits where that leaves room for one.
/// - A filter dies with the descriptor's number, also while a duplicate of the file lives: nothing is ever stale.
/// - Who asks for nothing to be written is told of the end of what can be read, also when both directions are gone.
/// - An error is told with the end of a stream. Without one (of a UDP socket, or of a pipe without a reader) there is
///   something to read or to write, and no `err`: the read or the write says what it is.
/// - What a socket that was never connected says is nothing, where Linux tells a hang-up.
/// - After `shutdown` of one's own sending side `send` is told for as long as it is asked for, with all that is asked.
/// - Waiting to send into a pipe without a reader costs one call more per wait on FreeBSD and NetBSD.
///
/// | system | |
/// |---|---|
/// | macOS, iOS | a named FIFO does not tell that its last writer has closed: use a socket pair |
/// | FreeBSD | cannot watch `priority` |
/// | NetBSD | cannot watch `priority`; timeouts in ticks of usually 10 ms; wakes by a pipe before 10 |
/// | OpenBSD | timeouts in ticks of usually 10 ms; wakes by a pipe before 7.8 |
/// | DragonFly | as its manual says; never tried |
///
/// On systems with 32 bits a poller holds 65 536 channels at most. A forked child does not inherit a kqueue: there a
/// Waker made before the fork does nothing, unless it wakes by a pipe.
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/detail/bounds.hpp>
#include <polleros/detail/kqueue_set.hpp>
#include <polleros/detail/kqueue_wake.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// kqueue over a set of system calls; see `Kqueue`.
template <class Sys>
class BasicKqueue {
public:
    using Wake = detail::KqueueWake<Sys>; ///< a user event, or a pipe

    /// Makes the kernel's queue. Fails with what kqueue(2) or the allocation says.
    BasicKqueue(const Options& options, std::error_code& ec) noexcept
        : set_(options, ec),
          failures_(options.memory),
          maxEvents_(detail::larger<std::size_t>(options.maxEvents, 1)),
          room_(detail::clamped<std::size_t>(options.initialEvents, 1, maxEvents_)) {
        if (!ec && !set_.makeRoom(room_)) {
            ec = errorCode(Errc::outOfMemory);
        }
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "kqueue"; }
    [[nodiscard]] static constexpr Capabilities capabilities() noexcept {
        Capabilities can{Capability::hangupOnly, Capability::anyHandle, Capability::batchesChanges,
                         Capability::nests,      Capability::edge,      Capability::tellsDuplicates};
        if constexpr (Sys::hasExceptFilter) {
            can |= Capability::priority;
        }
        if constexpr (!requires { requires Sys::countsTicks; }) {
            can |= Capability::subMillisecond;
        }
        return can;
    }

    [[nodiscard]] bool reserve(std::size_t channels) noexcept { return set_.registrations().reserve(channels); }

    /// With `When::now` one kernel call and a look at what the handle is. With `Occupied::refuse` linear.
    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When when) noexcept {
        return set_.add(handle, seqN, interest, occupied, when);
    }
    [[nodiscard]] std::error_code modify(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, Interest to) noexcept {
        if (Registration* const changed = set_.registrations().find(seqN)) {
            set_.registrations().want(*changed, to);
        }
        return {};
    }
    void remove(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, When when) noexcept { set_.remove(seqN, when); }

    /// Puts all changes in force. True if one has failed, which the next wait will tell.
    [[nodiscard]] bool submit(std::error_code& ec) noexcept {
        ec = set_.flush(What::everything);
        return set_.registrations().pending() != 0;
    }

    /// Puts the changes of this one in force, or its removal. An error: they are refused, and it is registered no more.
    [[nodiscard]] std::error_code submit(SeqN seqN) noexcept { return set_.enforce(seqN); }

    [[nodiscard]] std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        failures_.clear();
        events_ = 0;
        if (std::exchange(full_, false) && room_ < maxEvents_) {
            const std::size_t room = detail::smaller<std::size_t>(room_ * 2, maxEvents_);
            room_ = set_.makeRoom(room) ? room : room_;
        }
        const std::size_t changes = set_.collect(maxEvents_, ec);
        if (ec || !call(changes, timeout, ec)) {
            return 0;
        }
        if (refused_ && events_ == 0) {
            // Failures come alone and at once: what is ready is still in the kernel. What that has of those that failed
            // goes first, and nobody waits who has news already.
            const std::size_t removals = set_.registrations().collect(What::removals, set_.buffer(), set_.size());
            call(removals, failures_.empty() ? timeout : Timeout::immediately(), ec);
            if (!failures_.empty()) {
                ec.clear();
            }
        }
        return failures_.size() + events_;
    }

    [[nodiscard]] Ready ready(std::size_t index) const noexcept {
        if (index < failures_.size()) {
            return failures_[index];
        }
        const Kevent& event = set_[index - failures_.size()];
        return {set_.registrations().seqNOf(event), translate(event), 0};
    }

    [[nodiscard]] std::error_code renew() noexcept { return set_.renew(); }

    /// Called instead of waiting while something unknown would end every wait at once.
    void rest() const noexcept { Sys::sleepMillisecond(); }

    [[nodiscard]] TimePoint now() const noexcept { return Sys::now(); }
    /// The kqueue's descriptor: readable while something is ready in it. Changes when the set is renewed.
    [[nodiscard]] NativeHandle nativeHandle() const noexcept { return set_.queue(); }

private:
    using Set = detail::KqueueSet<Sys>;
    using Change = typename Set::Change;
    using Kevent = typename Set::Kevent;
    using Registrations = typename Set::Registrations;
    using Registration = typename Set::Registration;
    using What = typename Set::What;
    using Filter = detail::KqueueFilter;

    /// An end with a reason is an error. After an end for writing nothing blocks any more; after one for reading, no
    /// read does. (EVFILT_EXCEPT has something else in `fflags`.)
    [[nodiscard]] static Readiness translate(const Kevent& event) noexcept {
        const bool ended = Change::isEnd(event);
        const Filter filter = Change::filterOf(event);
        if (ended && event.fflags != 0 && filter != Filter::except) {
            return ReadyFlag::error | ReadyFlag::hangup;
        }
        switch (filter) {
        case Filter::read: return ended ? ReadyFlag::read | ReadyFlag::readEnd : Readiness(ReadyFlag::read);
        case Filter::write: return ended ? ReadyFlag::write | ReadyFlag::hangup : Readiness(ReadyFlag::write);
        case Filter::except: break;
        }
        return ended ? ReadyFlag::priority | ReadyFlag::hangup : Readiness(ReadyFlag::priority);
    }

    /// One kevent(). False, and the reason, if it brings nothing but that; if it was interrupted, or took its time, the
    /// changes have been made all the same.
    bool call(std::size_t changes, Timeout timeout, std::error_code& ec) noexcept {
        const auto limit = Sys::toTimespec(timeout);
        const std::size_t room = detail::larger<std::size_t>(changes, room_); // each failure must find a place
        const int got = Sys::kevent(set_.queue(), changes != 0 ? set_.buffer() : nullptr, changes, set_.buffer(), room,
                                    timeout.isNever() ? nullptr : &limit);
        const int reason = got < 0 ? Sys::lastError() : 0;
        ec = reason != ETIMEDOUT ? detail::systemError(reason) : std::error_code{}; // macOS may call it an error
        if (reason == 0 || reason == ETIMEDOUT || reason == EINTR) {
            set_.registrations().applied();
        }
        refused_ = false;
        if (reason == 0) {
            full_ = static_cast<std::size_t>(got) >= room_;
            sift(detail::smaller<std::size_t>(static_cast<std::size_t>(got), room));
        }
        return reason == 0;
    }

    /// Keeps the events, and attributes the failures.
    void sift(std::size_t got) noexcept {
        Kevent* const buffer = set_.buffer();
        for (std::size_t index = 0; index != got; ++index) {
            if (Change::isError(buffer[index])) [[unlikely]] {
                refused_ = true;
                blame(buffer[index]);
            } else if (isAsked(buffer[index])) {
                if (events_ != index) {
                    buffer[events_] = buffer[index];
                }
                ++events_;
            }
        }
    }

    /// Drops what says nothing: an entry of zeros, and data for who asks for the end of the stream only.
    [[nodiscard]] bool isAsked(const Kevent& event) noexcept {
        Registrations& registrations = set_.registrations();
        if (Change::Token::bitsOf(event.udata) == 0) {
            return registrations.find(event) != nullptr;
        }
        if (registrations.anyHangupOnly() && Change::filterOf(event) == Filter::read) [[unlikely]] {
            Registration* const told = registrations.find(event);
            if (told != nullptr && Registrations::isHangupOnly(*told)) {
                registrations.setEnded(*told, Change::isEnd(event));
                return Change::isEnd(event);
            }
        }
        return true;
    }

    /// Whose change has failed, and what that means to it. Without memory to tell it, it fails again with the next wait.
    void blame(const Kevent& answer) noexcept {
        Registrations& registrations = set_.registrations();
        Registration* const failed = Change::isFailure(answer) ? registrations.find(answer) : nullptr;
        if (failed == nullptr) {
            return; // a receipt that nobody asked for, or of one that is gone
        }
        const Filter filter = Change::filterOf(answer);
        const int reason = Set::reasonOf(*failed, answer);
        const bool room = failures_.makeRoom();
        if (!room || reason == 0) {
            registrations.undo(*failed, filter);
            if (room) {
                failures_.push({failed->seqN, ReadyFlag::error, 0});
            }
            return;
        }
        failures_.push({failed->seqN, {}, reason});
        failed->have.unset(filter);
        if (answer.data == EBADF || !registrations.remove(*failed)) {
            registrations.forget(*failed); // nothing is left of it
        }
    }

    Set set_;
    detail::Array<Ready> failures_; // of the last wait, before its events
    std::size_t maxEvents_;
    std::size_t room_;       // for events; the buffer may be longer
    std::size_t events_ = 0; // of the last wait
    bool full_ = false;      // it may have had more
    bool refused_ = false;   // it has brought failures
};

#if POLLEROS_HAS_KQUEUE
/// kqueue(2) of macOS and the BSDs.
using Kqueue = BasicKqueue<detail::OsCalls>;
#else
/// Not on this system; all the rest is another backend's, so that this one line is all the compiler has to say.
template <class Sys>
class MissingKqueue : public BasicPoll<Sys> {
    static_assert(sizeof(Sys) == 0, "polleros: backend::Kqueue needs macOS or a BSD, this system has no kqueue(2)");

public:
    using BasicPoll<Sys>::BasicPoll;
};

using Kqueue = MissingKqueue<detail::OsCalls>;
#endif

} // namespace backend

POLLEROS_NAMESPACE_END
