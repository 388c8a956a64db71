// SPDX-License-Identifier: MIT
/// @file
/// Deadlines: a heap that knows when the next deadline of a poller's sources can run out at the earliest.
///
/// It is lazy. A deadline that moves later, as the idle deadline of a busy connection does with every message, costs a
/// comparison: the heap keeps the earlier key and asks the source again when that comes up. Moving earlier costs
/// O(log n). A deadline that has run out stays behind the heap with its value, so that it is reported once and is
/// silent until the source states another one.
#pragma once

#include <polleros/channel.hpp>
#include <polleros/detail/array.hpp>
#include <polleros/detail/channel_store.hpp>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL

/// The entries [0, heap_) are the heap, those from heap_ on have run out. 12 bytes each, and 4 in the channel.
template <class S>
class Deadlines {
public:
    using Channel = TriggeredChannel<S>;

    Deadlines(detail::ChannelStore<S>& store, const Memory& memory) noexcept
        : store_(store), keys_(memory), places_(memory) {}

    /// Room for the deadlines of so many channels. False if memory is short.
    [[nodiscard]] bool reserve(std::size_t channels) noexcept { return keys_.grow(channels) && places_.grow(channels); }

    /// A time before which nothing runs out.
    [[nodiscard]] TimePoint next() const noexcept { return heap_ == 0 ? noDeadline : keys_[0]; }

    /// What the channel's source states now. Mostly it has none, and had none.
    POLLEROS_ALWAYS_INLINE void update(Channel& channel, TimePoint stated) noexcept {
        if (channel.deadlineIndex != detail::noPlace || stated != noDeadline) {
            change(channel, stated);
        }
    }

    /// True if the deadline that has run out is still the one stated.
    [[nodiscard]] bool isOut(const Channel& channel, TimePoint stated) const noexcept {
        const std::uint32_t index = channel.deadlineIndex;
        return index != detail::noPlace && index >= heap_ && keys_[index] == stated;
    }

    /// True if a channel that states this would not have to be updated.
    [[nodiscard]] bool isCurrent(const Channel& channel, TimePoint stated) const noexcept {
        const std::uint32_t index = channel.deadlineIndex;
        if (index == detail::noPlace) {
            return stated == noDeadline;
        }
        return index < heap_ ? stated >= keys_[index] : stated == keys_[index];
    }

    /// The next channel whose deadline has run out at `now`; null if there is none. `stated(channel)` asks its source.
    template <class Stated>
    [[nodiscard]] Channel* expire(TimePoint now, Stated stated) noexcept {
        while (heap_ != 0 && keys_[0] <= now) {
            Channel& channel = store_.at(places_[0]);
            const TimePoint current = stated(channel);
            keys_[0] = current;
            if (current == noDeadline) {
                remove(channel);
            } else if (current > now) {
                sink(0);
            } else {
                --heap_;
                swap(0, heap_);
                sink(0);
                return &channel;
            }
        }
        return nullptr;
    }

    /// Forgets the channel's deadline.
    void remove(Channel& channel) noexcept {
        std::uint32_t index = channel.deadlineIndex;
        if (index == detail::noPlace) {
            return;
        }
        if (index < heap_) {
            --heap_;
            swap(index, heap_);
            if (index < heap_) {
                rise(index);
                sink(index);
            }
            index = static_cast<std::uint32_t>(heap_);
        }
        swap(index, keys_.size() - 1);
        keys_.truncate(keys_.size() - 1);
        places_.truncate(places_.size() - 1);
        channel.deadlineIndex = detail::noPlace;
        channel.unset(detail::ChannelFlag::timeoutDue);
    }

private:
    POLLEROS_NEVER_INLINE void change(Channel& channel, TimePoint stated) noexcept {
        const std::uint32_t index = channel.deadlineIndex;
        if (index == detail::noPlace) {
            channel.deadlineIndex = static_cast<std::uint32_t>(keys_.size());
            keys_.push(stated);
            places_.push(channel.place());
            revive(channel.deadlineIndex);
        } else if (index < heap_) {
            if (stated < keys_[index]) {
                keys_[index] = stated;
                rise(index);
            }
        } else if (stated != keys_[index]) {
            channel.unset(detail::ChannelFlag::timeoutDue);
            keys_[index] = stated;
            if (stated == noDeadline) {
                remove(channel);
            } else {
                revive(index);
            }
        }
    }
    void swap(std::size_t a, std::size_t b) noexcept {
        std::swap(keys_[a], keys_[b]);
        std::swap(places_[a], places_[b]);
        store_.at(places_[a]).deadlineIndex = static_cast<std::uint32_t>(a);
        store_.at(places_[b]).deadlineIndex = static_cast<std::uint32_t>(b);
    }
    /// An entry behind the heap becomes part of it.
    void revive(std::size_t index) noexcept {
        swap(index, heap_);
        rise(heap_++);
    }
    void rise(std::size_t index) noexcept {
        while (index != 0 && keys_[index] < keys_[(index - 1) / 2]) {
            swap(index, (index - 1) / 2);
            index = (index - 1) / 2;
        }
    }
    void sink(std::size_t index) noexcept {
        for (std::size_t child = 2 * index + 1; child < heap_; child = 2 * index + 1) {
            child += child + 1 < heap_ && keys_[child + 1] < keys_[child] ? 1 : 0;
            if (keys_[index] <= keys_[child]) {
                return;
            }
            swap(index, child);
            index = child;
        }
    }

    detail::ChannelStore<S>& store_;
    detail::Array<TimePoint> keys_;
    detail::Array<detail::Place> places_;
    std::size_t heap_ = 0;
};

/// @endcond

POLLEROS_NAMESPACE_END
