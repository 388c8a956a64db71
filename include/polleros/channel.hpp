// SPDX-License-Identifier: MIT
/// @file
/// TriggeredChannel: one source attached to one poller, with what is known of it. ChannelRef: a reference to a channel
/// that knows when the channel is gone. Which: any way of naming one.
///
/// All of this belongs to the thread that owns the poller, and every function here is constant time.
#pragma once

#include <polleros/error.hpp>
#include <polleros/identity.hpp>
#include <polleros/interest.hpp>
#include <polleros/one_of.hpp>
#include <polleros/source.hpp>

#include <cstddef>
#include <utility>

POLLEROS_NAMESPACE_BEGIN

template <class S>
class TriggeredChannel;
template <class S>
class PollerCore;
template <class S>
class Deadlines;

/// @cond INTERNAL
namespace detail {
template <class S>
class ChannelStore;
template <class S>
class ChannelLists;
} // namespace detail
/// @endcond

/// What rooms, subscriber lists and timers keep instead of a pointer: false once the channel is deleted, valid again
/// never, unmoved by a replaced handle. 16 bytes, copied freely; the source type may be incomplete. Use it while its
/// poller lives.
template <class S>
class ChannelRef {
public:
    constexpr ChannelRef() noexcept = default; ///< refers to nothing

    /// True while the channel is attached.
    [[nodiscard]] explicit operator bool() const noexcept { return channel_ != nullptr && channel_->birth_ == birth_; }
    /// The source, to be changed: touches the channel. Asserts that it is attached.
    [[nodiscard]] S* operator->() const noexcept { return &channel().source(); }
    /// The source, to be read: does not touch. Null if the channel is gone.
    [[nodiscard]] const S* peek() const noexcept { return *this ? &channel_->peek() : nullptr; }
    /// The source as a `T`, to be changed: touches. Null if the channel is gone, or its source is no `T`.
    template <class T>
    [[nodiscard]] T* as() const noexcept {
        return *this ? channel_->template as<T>() : nullptr;
    }
    /// The channel itself. Asserts that it is attached.
    [[nodiscard]] TriggeredChannel<S>& channel() const noexcept {
        POLLEROS_ASSERT(static_cast<bool>(*this), "the channel of this ChannelRef is gone");
        return *channel_;
    }
    /// Touches the channel if it is attached.
    void touch() const noexcept {
        if (*this) {
            channel_->touch();
        }
    }
    /// The channel's number. Asserts that it is attached.
    [[nodiscard]] ChannelNumber number() const noexcept { return channel().number(); }

    /// Refers to the same attachment.
    friend bool operator==(const ChannelRef&, const ChannelRef&) noexcept = default;

private:
    friend class TriggeredChannel<S>;
    friend class PollerCore<S>;

    ChannelRef(TriggeredChannel<S>* channel, SeqN birth) noexcept : channel_(channel), birth_(birth) {}

    TriggeredChannel<S>* channel_ = nullptr;
    SeqN birth_{};
};

/// Which channel: by number, by the channel itself, or by a ChannelRef. Converts from each of them.
template <class S>
class Which {
public:
    Which(ChannelNumber number) noexcept : number_(number) {}                   ///< whoever has this number
    Which(const TriggeredChannel<S>& channel) noexcept : ref_(channel.ref()) {} ///< this one
    Which(const ChannelRef<S>& ref) noexcept : ref_(ref) {}                     ///< this one, if it is still there

private:
    friend class PollerCore<S>;

    ChannelRef<S> ref_;
    ChannelNumber number_ = pickedNone;

    static constexpr ChannelNumber pickedNone{~std::uint64_t{0}};
};

/// @cond INTERNAL
namespace detail {

enum class ChannelFlag : std::uint32_t {
    listed = 1U << 0,      ///< in the list of touched and reported channels
    touched = 1U << 1,     ///< its intent may have changed since it was looked at
    marked = 1U << 2,      ///< to be deleted
    owner = 1U << 3,       ///< the table of handles says that this handle is its
    unproven = 1U << 4,    ///< nobody has judged this handle yet
    replaced = 1U << 5,    ///< the user says that the handle is another one
    parked = 1U << 6,      ///< out of the kernel after a library error
    retry = 1U << 7,       ///< parked for want of memory: tried again before every wait
    urged = 1U << 8,       ///< the user wants it tried again
    errorDue = 1U << 9,    ///< the library error has not reached the user yet
    timeoutDue = 1U << 10, ///< so has its deadline
    distant = 1U << 11,    ///< not local: in the ring
    looked = 1U << 12,     ///< entered the ring when it was looked at in this pass
    gone = 1U << 13,       ///< deleted, and perhaps still in the list
    works = 1U << 14,      ///< wants to be told of `work` at every wait
    unwatched = 1U << 15,  ///< nothing is registered for it: `exp_` is empty
    plain = 1U << 16,      ///< what is reported of it can be handed out as it is
};

} // namespace detail

template <>
inline constexpr bool isFlag<detail::ChannelFlag> = true;

namespace detail {

/// With any of these there is more to a channel than its intent.
inline constexpr FlagSet<ChannelFlag> odd{ChannelFlag::marked, ChannelFlag::gone,      ChannelFlag::replaced,
                                          ChannelFlag::parked, ChannelFlag::urged,     ChannelFlag::errorDue,
                                          ChannelFlag::works,  ChannelFlag::timeoutDue};

template <bool>
struct DeadlineLink {};
template <>
struct DeadlineLink<true> {
    std::uint32_t deadlineIndex = noPlace;
};

template <bool>
struct RingLinks {};
template <>
struct RingLinks<true> {
    Place ringNext = noPlace;
    Place ringPrevious = noPlace;
};

/// Counts, where contracts are checked, how often a channel brought nothing but the same `work`.
template <bool>
struct WorkCount {};
template <>
struct WorkCount<true> {
    std::uint32_t workInARow = 0;
};

} // namespace detail
/// @endcond

/// One source attached to one poller. Its address stays the same until it is deleted; after that, inside the same
/// iteration, `act()` is empty and `source()` asserts.
template <class S>
class TriggeredChannel : detail::DeadlineLink<HasDeadline<S>>,
                         detail::RingLinks<SometimesLocal<S>>,
                         detail::WorkCount<audited> {
public:
    TriggeredChannel(const TriggeredChannel&) = delete;
    TriggeredChannel& operator=(const TriggeredChannel&) = delete;

    [[nodiscard]] ChannelNumber number() const noexcept { return number_; } ///< the user's name for it, or a picked one
    [[nodiscard]] SeqN seqN() const noexcept { return seqN_; }   ///< the kernel's; another after a new handle
    [[nodiscard]] Triggers act() const noexcept { return act_; } ///< activity: what the last wait reported
    [[nodiscard]] Interest exp() const noexcept { return exp_; } ///< expected: what is registered now

    /// The library error behind an `err`: a change that the kernel refused, a handle that is not open, a source that
    /// threw. Empty once the channel is registered again, and for errors of the connection itself, which the source
    /// learns from its own read, write or SO_ERROR.
    [[nodiscard]] std::error_code error() const noexcept {
        return error_ < 0 ? errorCode(static_cast<Errc>(-error_)) : detail::unpackedError(error_);
    }

    /// The source, to be changed: touches the channel. A reference kept over a wait and changed later is not seen by a
    /// local intent; keep a ChannelRef.
    [[nodiscard]] S& source() noexcept {
        touchSource();
        return source_;
    }
    /// The source, to be read: does not touch.
    [[nodiscard]] const S& peek() const noexcept {
        POLLEROS_ASSERT(isAttached(), "the channel is deleted");
        return source_;
    }
    /// The source as a `T`, to be changed; null if it is none. Touches only if it is one.
    template <class T>
    [[nodiscard]] T* as() noexcept {
        POLLEROS_ASSERT(isAttached(), "the channel is deleted");
        T* const found = detail::alternative<T>(source_);
        if (found != nullptr) {
            touchSource();
        }
        return found;
    }
    /// The source as a `T`, to be read; null if it is none.
    template <class T>
    [[nodiscard]] const T* peekAs() const noexcept {
        return detail::alternative<T>(peek());
    }
    /// Calls `function` with the source (the alternative that a OneOf holds), to be changed: touches.
    template <class F>
    decltype(auto) visit(F&& function) {
        return detail::visitSource(std::forward<F>(function), source());
    }

    /// Says that the intent may have changed. Also the way to have a parked channel tried again.
    void touch() noexcept;
    /// Says that the handle is another one, although it has the same number: for sources that give bare numbers. A
    /// `net::Socket` says so itself.
    void handleReplaced() noexcept;
    /// To be deleted by `deleteMarked()`; not reported any more from now on. True the first time.
    bool markForDeletion() noexcept;
    [[nodiscard]] bool isMarked() const noexcept { return is(Flag::marked); } ///< will be deleted by `deleteMarked()`

    /// A reference that knows when the channel is gone.
    [[nodiscard]] ChannelRef<S> ref() const noexcept {
        return isAttached() ? ChannelRef<S>(const_cast<TriggeredChannel*>(this), birth_) : ChannelRef<S>();
    }

private:
    friend class PollerCore<S>;
    friend class ChannelRef<S>;
    template <class>
    friend class detail::ChannelStore;
    template <class>
    friend class detail::ChannelLists;
    template <class>
    friend class Deadlines;

    using Flag = detail::ChannelFlag;
    using Flags = FlagSet<Flag>;

    TriggeredChannel() noexcept {}
    ~TriggeredChannel() {}

    [[nodiscard]] detail::Place place() const noexcept { return detail::placeOf(seqN_); }
    [[nodiscard]] bool isAttached() const noexcept { return birth_ != SeqN{}; }
    [[nodiscard]] bool is(Flags flags) const noexcept { return flags_.has(flags); }
    void set(Flags flags) noexcept { flags_ |= flags; }
    void unset(Flags flags) noexcept { flags_ -= flags; }
    /// What is registered for it from now on.
    void expect(Interest interest) noexcept {
        exp_ = interest;
        flags_ = interest.empty() ? flags_ | Flag::unwatched : flags_ - Flag::unwatched;
    }
    void silence() noexcept {
        act_ = {};
        unset(Flag::plain);
    }
    void setError(const std::error_code& ec) noexcept {
        error_ = static_cast<std::int16_t>(ec.category() == category() ? -ec.value() : detail::packedError(ec));
    }
    void touchSource() noexcept;
    [[nodiscard]] PollerCore<S>& core() noexcept;

    // First what a wait does not look at, then what it does, close to the source: more would be lines of the cache more.
    SeqN birth_{}; // the SeqN of the attach; 0 while the place is free
    ChannelNumber number_{};
    detail::Place markedPrevious_ = detail::noPlace;
    detail::Place markedNext_ = detail::noPlace; // in the list of marked, or of free ones
    TriggeredChannel* next_ = nullptr;           // in the list of touched and reported channels
    SeqN seqN_{};                                // of a free place: no draw, only the place
    HandleRef handle_;                           // as last looked at; what `exp_` is registered for
    Triggers intent_;                            // as last looked at
    Triggers act_;
    Interest exp_;
    std::int16_t error_ = 0; // an Errc if negative, else the system's
    Flags flags_;
    union {
        S source_;
    };
};

POLLEROS_NAMESPACE_END
