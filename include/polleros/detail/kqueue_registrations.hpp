// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/array.hpp>
#include <polleros/detail/kqueue_filters.hpp>
#include <polleros/interest.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// What a kqueue is to watch and what it watches already; the difference is what it has to be told. 36 bytes a channel.
///
/// The kernel knows a filter by the handle's number, so what is removed goes first, before somebody else's filters for
/// the same number.
template <class Sys>
class KqueueRegistrations {
    using Change = KqueueChange<Sys>;
    using Token = typename Change::Token;

public:
    using Kevent = typename Sys::Kevent;

    struct Registration {
        SeqN seqN{};
        NativeHandle handle = invalidHandle; // none: nothing is registered here
        Interest interest;
        KqueueFilters want;
        KqueueFilters have;
        bool listed : 1 = false;
        bool ended : 1 = false; // {hangup} alone, and the stream's end was seen
    };

    enum class What : std::uint8_t { removals, everything };

    explicit KqueueRegistrations(const Memory& memory) noexcept
        : registrations_(memory), changed_(memory), leaving_(memory) {}

    [[nodiscard]] bool reserve(std::size_t channels) noexcept {
        return registrations_.grow(channels + 1) && changed_.reserve(registrations_.capacity()) &&
               leaving_.reserve(registrations_.capacity());
    }

    [[nodiscard]] static bool canHold(SeqN seqN) noexcept { return placeOf(seqN) < Token::places; }

    // --- what is wanted

    /// Whatever was in its place is gone. Null if memory is short.
    [[nodiscard]] Registration* add(SeqN seqN, NativeHandle handle, Interest interest) noexcept {
        const std::size_t index = indexOf(seqN);
        if (!reserve(index) || (index >= registrations_.size() && !registrations_.resize(index + 1, {}))) {
            return nullptr;
        }
        Registration& added = registrations_[index];
        forget(added);
        added.seqN = seqN;
        added.handle = handle;
        want(added, interest);
        return &added;
    }

    void want(Registration& changed, Interest interest) noexcept {
        hangupOnly_ -= isHangupOnly(changed) ? 1U : 0U;
        changed.interest = interest;
        hangupOnly_ += isHangupOnly(changed) ? 1U : 0U;
        refresh(changed);
    }

    /// It is to be gone from the kernel by the next wait; here it is at once. False if memory is short.
    [[nodiscard]] bool remove(Registration& removed) noexcept {
        if (!removed.have.empty()) {
            if (!leaving_.makeRoom()) {
                return false;
            }
            leaving_.push({removed.seqN, removed.handle, removed.have});
        }
        forget(removed);
        return true;
    }

    /// The kernel has nothing of it any more.
    void forget(Registration& gone) noexcept {
        hangupOnly_ -= isHangupOnly(gone) ? 1U : 0U;
        const bool listed = gone.listed;
        gone = {};
        gone.listed = listed;
    }

    void clear() noexcept {
        registrations_.clear();
        changed_.clear();
        leaving_.clear();
        hangupOnly_ = 0;
    }

    /// Null if there is none of this number.
    [[nodiscard]] Registration* find(SeqN seqN) noexcept {
        Registration* const found = at(indexOf(seqN));
        return found != nullptr && found->seqN == seqN ? found : nullptr;
    }
    /// Null if the event, or the change that it says has failed, is of none that is registered.
    [[nodiscard]] Registration* find(const Kevent& event) noexcept {
        if (Registration* const waker = at(0); waker != nullptr && is(*waker, event)) {
            return waker;
        }
        Registration* const found = at(std::size_t{1} + Token::placeIn(event.udata));
        return found != nullptr && is(*found, event) ? found : nullptr;
    }
    /// Whose event it is. Where that has to be looked up and is not found, nobody's.
    [[nodiscard]] SeqN seqNOf(const Kevent& event) const noexcept {
        if constexpr (Token::isWhole) {
            return SeqN{Token::bitsOf(event.udata)};
        } else {
            const Registration* const found = const_cast<KqueueRegistrations*>(this)->find(event);
            return found != nullptr ? found->seqN : SeqN{~std::uint64_t{0}};
        }
    }
    /// Who is registered for this handle. Linear.
    [[nodiscard]] Registration* ownerOf(NativeHandle handle) noexcept {
        for (Registration& each : registrations_) {
            if (each.handle == handle) {
                return &each;
            }
        }
        return nullptr;
    }

    // --- the end of a stream, for those who ask for nothing else

    /// Whether there are any of those.
    [[nodiscard]] bool anyHangupOnly() const noexcept { return hangupOnly_ != 0; }
    [[nodiscard]] static bool isHangupOnly(const Registration& asked) noexcept {
        return asked.interest.has(InterestFlag::hangup) && !asked.interest.has(InterestFlag::read);
    }
    /// Until the end they are told of changes, so that data they do not ask for ends no wait twice; from then on of the
    /// state. (A FIFO's end can pass again.)
    void setEnded(Registration& told, bool ended) noexcept {
        if (told.ended != ended) {
            told.ended = ended;
            refresh(told);
        }
    }

    // --- what the kernel has to be told

    [[nodiscard]] bool anyRemovals() const noexcept { return !leaving_.empty(); }
    [[nodiscard]] std::size_t pending() const noexcept { return leaving_.size() + changed_.size(); }

    /// Writes what fits of it, and returns how many changes that is; `taken()` registrations are in it. There is room
    /// for `KqueueChange::most` at least.
    [[nodiscard]] std::size_t collect(What what, Kevent* into, std::size_t room) noexcept {
        std::size_t count = 0;
        takenLeaving_ = takenChanged_ = 0;
        for (; takenLeaving_ != leaving_.size() && room - count >= Change::most; ++takenLeaving_) {
            const Leaving& leaving = leaving_[takenLeaving_];
            count += Change::write(leaving.handle, leaving.seqN, leaving.have, {}, into + count);
        }
        const std::size_t changes = what == What::everything ? changed_.size() : 0;
        for (; takenChanged_ != changes && room - count >= Change::most; ++takenChanged_) {
            count += write(registrations_[changed_[takenChanged_]], into + count);
        }
        return count;
    }
    static std::size_t write(const Registration& changed, Kevent* into) noexcept {
        return Change::write(changed.handle, changed.seqN, changed.have, changed.want, into);
    }
    [[nodiscard]] std::size_t taken() const noexcept { return takenLeaving_ + takenChanged_; }

    /// What was collected is in force, but for what the kernel says has failed: see `undo()`.
    void applied() noexcept {
        for (std::size_t index = 0; index != takenChanged_; ++index) {
            Registration& changed = registrations_[changed_[index]];
            changed.listed = false;
            changed.have = changed.want;
        }
        dropFirst(leaving_, takenLeaving_);
        dropFirst(changed_, takenChanged_);
        takenLeaving_ = takenChanged_ = 0;
    }

    /// This change of it has failed, and is to be tried again with the next ones.
    void undo(Registration& failed, KqueueFilter filter) noexcept {
        if (failed.want.has(filter)) {
            failed.have.unset(filter);
        } else {
            failed.have.set(filter, false);
        }
        list(failed);
    }

private:
    static_assert(sizeof(Registration) == 16);

    struct Leaving {
        SeqN seqN;
        NativeHandle handle;
        KqueueFilters have;
    };

    /// The waker's is the first.
    [[nodiscard]] static std::size_t indexOf(SeqN seqN) noexcept {
        return seqN == wakerSeqN ? 0 : std::size_t{1} + placeOf(seqN);
    }
    [[nodiscard]] Registration* at(std::size_t index) noexcept {
        return index < registrations_.size() && isSet(registrations_[index].handle) ? &registrations_[index] : nullptr;
    }
    [[nodiscard]] static bool is(const Registration& registered, const Kevent& event) noexcept {
        return event.ident == static_cast<std::uintptr_t>(registered.handle) &&
               Token::of(registered.seqN) == event.udata;
    }

    void list(Registration& changed) noexcept {
        if (!changed.listed) {
            changed.listed = true;
            changed_.push(static_cast<std::uint32_t>(&changed - registrations_.begin()));
        }
    }

    void refresh(Registration& changed) noexcept {
        const Interest interest = changed.interest;
        const bool edge = interest.has(InterestFlag::edge);
        changed.want = {};
        if (interest.has(InterestFlag::read | InterestFlag::hangup)) {
            changed.want.set(KqueueFilter::read, edge || (isHangupOnly(changed) && !changed.ended));
        }
        if (interest.has(InterestFlag::write)) {
            changed.want.set(KqueueFilter::write, edge);
        }
        if (interest.has(InterestFlag::priority)) {
            changed.want.set(KqueueFilter::except, edge);
        }
        if (changed.want != changed.have) {
            list(changed);
        }
    }

    template <class T>
    static void dropFirst(Array<T>& list, std::size_t count) noexcept {
        for (std::size_t index = count; index < list.size(); ++index) {
            list[index - count] = list[index];
        }
        list.truncate(list.size() - count);
    }

    Array<Registration> registrations_; // by place, after the waker's
    Array<std::uint32_t> changed_;      // indices, each once, of those that may want what they do not have
    Array<Leaving> leaving_;
    std::size_t hangupOnly_ = 0;
    std::size_t takenLeaving_ = 0;
    std::size_t takenChanged_ = 0;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
