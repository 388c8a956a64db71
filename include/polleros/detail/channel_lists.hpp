// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/channel_store.hpp>

#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// The intrusive lists that channels are in: the touched and reported ones in order, the marked ones in order, and the
/// ring of those that are not local. Entering never fails. A deleted channel may stay in the first list, and even be
/// followed there by another one in its place: whoever walks it skips what has no activity.
template <class S>
class ChannelLists {
public:
    using Channel = TriggeredChannel<S>;
    using Flag = ChannelFlag;

    explicit ChannelLists(ChannelStore<S>& store) noexcept : store_(store) {}
    ChannelLists(const ChannelLists&) = delete;
    ChannelLists& operator=(const ChannelLists&) = delete;

    // --- touched and reported -----------------------------------------------------------------------------------

    POLLEROS_ALWAYS_INLINE void list(Channel& channel) noexcept {
        if (!channel.is(Flag::listed)) {
            channel.set(Flag::listed);
            channel.next_ = nullptr;
            *listEnd_ = &channel;
            listEnd_ = &channel.next_;
        }
    }

    /// Lists many: channels that are not listed yet, and nothing else is listed until `end()`.
    class Appender {
    public:
        explicit Appender(ChannelLists& lists) noexcept : lists_(lists), end_(lists.listEnd_) {}
        Appender(const Appender&) = delete;
        Appender& operator=(const Appender&) = delete;

        POLLEROS_ALWAYS_INLINE void list(Channel& channel, typename Channel::Flags how) noexcept {
            channel.flags_ |= Flag::listed | how;
            *end_ = &channel;
            end_ = &channel.next_;
        }
        void end() noexcept {
            *end_ = nullptr;
            lists_.listEnd_ = end_;
        }

    private:
        ChannelLists& lists_;
        Channel** end_;
    };

    [[nodiscard]] Channel* firstListed() const noexcept { return listFirst_; }
    [[nodiscard]] static Channel* nextListed(const Channel& channel) noexcept { return channel.next_; }

    template <class F>
    void forEachListed(F function) noexcept {
        for (Channel* channel = listFirst_; channel != nullptr; channel = channel->next_) {
            function(*channel);
        }
    }

    /// Takes the whole list; the first one of it. What is listed from now on is in a new one.
    [[nodiscard]] Channel* takeListed() noexcept {
        listEnd_ = &listFirst_;
        return std::exchange(listFirst_, nullptr);
    }
    /// For each of that: it may be listed anew, and has been neither touched nor reported since. Returns the next one.
    [[nodiscard]] static Channel* release(Channel& channel) noexcept {
        channel.unset(FlagSet<Flag>{Flag::listed, Flag::touched, Flag::plain});
        return channel.next_;
    }

    // --- marked -------------------------------------------------------------------------------------------------

    void mark(Channel& channel) noexcept {
        channel.set(Flag::marked);
        channel.markedPrevious_ = markedLast_;
        channel.markedNext_ = noPlace;
        (markedLast_ == noPlace ? markedFirst_ : store_.at(markedLast_).markedNext_) = channel.place();
        markedLast_ = channel.place();
        ++marked_;
    }
    void unmark(Channel& channel) noexcept {
        channel.unset(Flag::marked);
        (channel.markedPrevious_ == noPlace ? markedFirst_ : store_.at(channel.markedPrevious_).markedNext_) =
            channel.markedNext_;
        (channel.markedNext_ == noPlace ? markedLast_ : store_.at(channel.markedNext_).markedPrevious_) =
            channel.markedPrevious_;
        --marked_;
    }
    [[nodiscard]] std::size_t marked() const noexcept { return marked_; }
    [[nodiscard]] Channel* firstMarked() const noexcept {
        return markedFirst_ == noPlace ? nullptr : &store_.at(markedFirst_);
    }

    // --- not local ----------------------------------------------------------------------------------------------

    void enterRing(Channel& channel) noexcept {
        channel.set(Flag::distant);
        const Place place = channel.place();
        if (ring_ == noPlace) {
            ring_ = channel.ringNext = channel.ringPrevious = place;
            return;
        }
        Channel& first = store_.at(ring_);
        channel.ringNext = ring_;
        channel.ringPrevious = first.ringPrevious;
        store_.at(first.ringPrevious).ringNext = place;
        first.ringPrevious = place;
    }
    void leaveRing(Channel& channel) noexcept {
        channel.unset(Flag::distant);
        const Place place = channel.place();
        if (channel.ringNext == place) {
            ring_ = noPlace;
            return;
        }
        store_.at(channel.ringPrevious).ringNext = channel.ringNext;
        store_.at(channel.ringNext).ringPrevious = channel.ringPrevious;
        if (ring_ == place) {
            ring_ = channel.ringNext;
        }
    }

    /// `function(channel)` for each, which may leave the ring. Begins one channel later each time.
    template <class F>
    void aroundRing(F function) noexcept {
        if (ring_ == noPlace) {
            return;
        }
        const Place first = ring_;
        const Place last = store_.at(ring_).ringPrevious;
        for (Place place = ring_;;) {
            Channel& channel = store_.at(place);
            const Place next = channel.ringNext;
            function(channel);
            if (place == last) {
                break;
            }
            place = next;
        }
        if (ring_ == first) { // else the first has left, and the second is the first already
            ring_ = store_.at(ring_).ringNext;
        }
    }

private:
    ChannelStore<S>& store_;
    Channel* listFirst_ = nullptr;
    Channel** listEnd_ = &listFirst_; // where the next one is linked to
    Place markedFirst_ = noPlace;
    Place markedLast_ = noPlace;
    Place ring_ = noPlace;
    std::size_t marked_ = 0;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
