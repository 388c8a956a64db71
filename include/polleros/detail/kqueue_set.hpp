// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/detail/bounds.hpp>
#include <polleros/detail/kqueue_handle.hpp>
#include <polleros/detail/kqueue_registrations.hpp>
#include <polleros/detail/os_calls.hpp>
#include <polleros/error.hpp>

#include <cerrno>
#include <iterator>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A kqueue, what is registered in it, and the changes that cannot travel with a wait.
///
/// These are made with EV_RECEIPT and as much room as there are changes: each is answered in its place, and nothing
/// that is ready is taken out.
template <class Sys>
class KqueueSet {
public:
    using Change = KqueueChange<Sys>;
    using Kevent = typename Sys::Kevent;
    using Registrations = KqueueRegistrations<Sys>;
    using Registration = typename Registrations::Registration;
    using What = typename Registrations::What;

    KqueueSet(const Options& options, std::error_code& ec) noexcept
        : queue_(Sys::kqueue()), registrations_(options.memory), buffer_(options.memory) {
        ec = queue_ ? std::error_code{} : systemError(Sys::lastError());
        const std::size_t channels = smaller<std::size_t>(options.initialChannels, maxPlaces);
        if (!ec && !(buffer_.resize(leastBuffer, {}) && registrations_.reserve(channels))) {
            ec = errorCode(Errc::outOfMemory);
        }
    }

    [[nodiscard]] NativeHandle queue() const noexcept { return queue_.get(); }
    [[nodiscard]] Registrations& registrations() noexcept { return registrations_; }
    [[nodiscard]] const Registrations& registrations() const noexcept { return registrations_; }

    /// Changes on the way into a call, events on the way out.
    [[nodiscard]] Kevent* buffer() noexcept { return buffer_.data(); }
    [[nodiscard]] const Kevent& operator[](std::size_t index) const noexcept { return buffer_[index]; }
    [[nodiscard]] std::size_t size() const noexcept { return buffer_.size(); }
    /// Makes the buffer this long at least. False if memory is short; then it stays as it is.
    [[nodiscard]] bool makeRoom(std::size_t size) noexcept {
        return buffer_.resize(larger<std::size_t>(size, buffer_.size()), {});
    }

    /// With `When::now` one kernel call and a look at what the handle is. With `Occupied::refuse` linear.
    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When when) noexcept {
        if (when == When::now && seqN != wakerSeqN) {
            if (const int reason = refusalOf<Sys>(handle)) {
                return systemError(reason);
            }
        }
        if (occupied == Occupied::refuse && isTaken(handle)) {
            return systemError(EEXIST);
        }
        if (interest.empty()) {
            return {};
        }
        if (!Registrations::canHold(seqN)) {
            return errorCode(Errc::sequenceExhausted);
        }
        Registration* const added = registrations_.add(seqN, handle, interest);
        if (added == nullptr) {
            return errorCode(Errc::outOfMemory);
        }
        return when == When::now ? enforce(*added) : std::error_code{};
    }

    void remove(SeqN seqN, When when) noexcept {
        Registration* const removed = registrations_.find(seqN);
        if (removed == nullptr || (when == When::byNextWait && registrations_.remove(*removed))) {
            return;
        }
        removeNow(*removed);
    }

    /// Puts what this one wants in force, and what was to be removed before. An error: it is refused, and all of it is to
    /// be gone. If it is gone already, only the removals are left to be made, and an error is one of these.
    [[nodiscard]] std::error_code enforce(SeqN seqN) noexcept {
        Registration* const changed = registrations_.find(seqN);
        return changed != nullptr ? enforce(*changed) : flush(What::removals);
    }

    [[nodiscard]] std::error_code renew() noexcept {
        KqueueHandle<Sys> fresh(Sys::kqueue());
        if (!fresh) {
            return systemError(Sys::lastError());
        }
        queue_ = std::move(fresh);
        registrations_.clear();
        return {};
    }

    /// Everything, or all removals, in as few calls as the buffer allows. What fails is left to the next wait.
    [[nodiscard]] std::error_code flush(What what) noexcept {
        for (std::size_t left = registrations_.pending(); left != 0;) {
            const std::size_t count = registrations_.collect(what, buffer_.data(), buffer_.size());
            if (registrations_.taken() == 0) {
                break;
            }
            if (!perform(buffer_.data(), count)) {
                return systemError(Sys::lastError());
            }
            left -= smaller<std::size_t>(left, registrations_.taken());
            registrations_.applied();
            for (std::size_t index = 0; index != count; ++index) {
                Registration* const failed =
                    Change::isFailure(buffer_[index]) ? registrations_.find(buffer_[index]) : nullptr;
                if (failed != nullptr) {
                    registrations_.undo(*failed, Change::filterOf(buffer_[index]));
                }
            }
        }
        return {};
    }

    /// The changes that travel with the wait. If there are more than it may bring events, they go ahead of it.
    [[nodiscard]] std::size_t collect(std::size_t maxEvents, std::error_code& ec) noexcept {
        for (;;) {
            const std::size_t count = registrations_.collect(What::everything, buffer_.data(), buffer_.size());
            if (registrations_.taken() == registrations_.pending() && count <= maxEvents) [[likely]] {
                return count;
            }
            const std::size_t size = smaller<std::size_t>(buffer_.size() * 2, maxEvents);
            if (size <= buffer_.size() || !buffer_.resize(size, {})) {
                break;
            }
        }
        ec = flush(What::everything);
        return registrations_.collect(What::everything, buffer_.data(), buffer_.size());
    }

    /// The system's error for who is refused like this; 0 if that is no error. What was to be deleted had been there: it
    /// went with its descriptor.
    [[nodiscard]] static int reasonOf(const Registration& failed, const Kevent& answer) noexcept {
        if (!failed.want.has(Change::filterOf(answer)) || answer.data == ENOENT) {
            return EBADF;
        }
        return isDeadPipe(failed.handle, answer) ? 0 : static_cast<int>(answer.data);
    }

private:
    static constexpr std::size_t leastBuffer = 2 * Change::most;

    /// A pipe without a reader cannot be watched on some systems. Who wants to write to it is told so, for as long as it
    /// wants to.
    [[nodiscard]] static bool isDeadPipe(NativeHandle handle, const Kevent& answer) noexcept {
        return answer.data == EPIPE ||
               (answer.data == EBADF && Change::filterOf(answer) == KqueueFilter::write && refusalOf<Sys>(handle) == 0);
    }

    /// Makes these changes, without a look at what is ready. Each is answered in its place; false if none is.
    [[nodiscard]] bool perform(Kevent* changes, std::size_t count) noexcept {
        for (std::size_t index = 0; index != count; ++index) {
            changes[index].flags = static_cast<decltype(Kevent::flags)>(changes[index].flags | Sys::evReceipt);
        }
        const auto none = Sys::toTimespec(Timeout::immediately());
        int got = 0;
        do {
            got = count != 0 ? Sys::kevent(queue_.get(), changes, count, changes, count, &none) : 0;
        } while (got == -1 && Sys::lastError() == EINTR); // it does not sleep: if it says so, nothing was made
        return got == static_cast<int>(count);
    }
    /// Makes what this one wants happen at once, behind all removals: these may be of the same number.
    [[nodiscard]] std::error_code enforce(Registration& changed) noexcept {
        std::error_code ec = registrations_.anyRemovals() ? flush(What::removals) : std::error_code{};
        Kevent changes[Change::most];
        const std::size_t count = Registrations::write(changed, changes);
        if (!ec && !perform(changes, count)) {
            ec = systemError(Sys::lastError());
        }
        if (count == 0) {
            return {}; // it is as it wants to be; removals of others are left to the next wait
        }
        if (ec) {
            remove(changed.seqN, When::byNextWait);
            return ec;
        }
        changed.have = changed.want;
        for (std::size_t index = 0; index != count; ++index) {
            if (Change::isFailure(changes[index])) {
                const int reason = reasonOf(changed, changes[index]);
                if (reason == EBADF || (reason != 0 && !ec)) { // that it is closed says more than what else is refused
                    ec = systemError(reason);
                }
                if (changes[index].data != ENOENT) { // which is about what it was before: what it is now may be there
                    registrations_.undo(changed, Change::filterOf(changes[index]));
                }
            }
        }
        if (ec) {
            removeNow(changed);
        }
        return ec;
    }

    void removeNow(Registration& removed) noexcept {
        Kevent changes[Change::most];
        const std::size_t count = Change::write(removed.handle, removed.seqN, removed.have, {}, changes);
        registrations_.forget(removed);
        static_cast<void>(perform(changes, count)); // what is gone already is gone
    }

    /// Whether somebody lives there. Who is recorded, but gone from the kernel, was closed behind our back.
    [[nodiscard]] bool isTaken(NativeHandle handle) noexcept {
        Registration* const owner = registrations_.ownerOf(handle);
        if (owner == nullptr) {
            return false;
        }
        if (owner->have.empty() && (flush(What::everything) || owner->have.empty())) {
            return true; // the kernel cannot tell
        }
        const KqueueFilter* known = std::begin(KqueueFilters::all);
        while (!owner->have.has(*known)) { // it has one
            ++known;
        }
        Kevent question = Change::make(handle, owner->seqN, *known, Sys::evEnable);
        if (!perform(&question, 1) || !Change::isFailure(question)) {
            return true;
        }
        registrations_.forget(*owner);
        return false;
    }

    KqueueHandle<Sys> queue_;
    Registrations registrations_;
    Array<Kevent> buffer_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
