// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/channel.hpp>
#include <polleros/detail/array.hpp>
#include <polleros/detail/bounds.hpp>

#include <bit>
#include <new>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Where the channels live: fixed-size chunks, so that addresses never move and a scan is sequential. A place is an
/// index over all chunks. A SeqN names its place, and is compared whole with the one that stands there: that is the
/// whole lookup of an event.
template <class S>
class ChannelStore {
public:
    using Channel = TriggeredChannel<S>;

    ChannelStore(PollerCore<S>& core, const Memory& memory) noexcept : core_(core), chunks_(memory) {}
    ChannelStore(const ChannelStore&) = delete;
    ChannelStore& operator=(const ChannelStore&) = delete;
    ~ChannelStore() {
        for (Channel* const first : chunks_) {
            chunks_.memory().release(&headerOf(first), chunkBytes, chunkAlignment);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< channels attached
    [[nodiscard]] Place end() const noexcept { return end_; }         ///< all places ever taken are below

    [[nodiscard]] Channel& at(Place place) const noexcept { return chunks_[place >> lengthBits][place & (length - 1)]; }

    /// The channel with exactly this sequence number, which is attached if there ever was one with it.
    [[nodiscard]] POLLEROS_ALWAYS_INLINE Channel* findDrawn(SeqN seqN) const noexcept {
        const Place place = placeOf(seqN);
        if (place >= end_) [[unlikely]] {
            return nullptr;
        }
        Channel& channel = at(place);
        return channel.seqN_ == seqN ? &channel : nullptr;
    }
    /// The attached channel with exactly this sequence number.
    [[nodiscard]] Channel* find(SeqN seqN) const noexcept {
        Channel* const channel = findDrawn(seqN);
        return channel != nullptr && channel->isAttached() ? channel : nullptr;
    }

    /// Room for so many channels. False if memory is short, or there are more than a SeqN can name.
    [[nodiscard]] bool reserve(std::size_t channels) noexcept {
        if (channels > maxPlaces) {
            return false;
        }
        while (chunks_.size() * length < channels) {
            if (!addChunk()) {
                return false;
            }
        }
        return true;
    }

    /// A free place; `noPlace` if memory is short. It counts as taken from `construct()` on.
    [[nodiscard]] Place peekFree() noexcept {
        if (free_ != noPlace) {
            return free_;
        }
        const bool room = end_ < chunks_.size() * length || (end_ < maxPlaces && addChunk());
        return room ? end_ : noPlace;
    }

    /// A sequence number for this place; 0 once they are used up.
    [[nodiscard]] SeqN draw(Place place) noexcept { return draws_ < maxDraws - 1 ? makeSeqN(++draws_, place) : SeqN{}; }
    /// The number of draws so far: what was attached later has a higher one.
    [[nodiscard]] std::uint64_t draws() const noexcept { return draws_; }
    /// Goes on from here: for tests of the end.
    void skipDraws(std::uint64_t draws) noexcept { draws_ = draws; }

    /// Moves the source into the place that `peekFree()` gave. If the move throws, the place is still free.
    template <class T>
    Channel& construct(SeqN seqN, T&& source) {
        const Place place = placeOf(seqN);
        Channel& channel = at(place);
        ::new (static_cast<void*>(__builtin_addressof(channel.source_))) S(std::forward<T>(source));
        if (place == free_) {
            free_ = channel.markedNext_;
        } else {
            ++end_;
        }
        channel.markedNext_ = noPlace;
        channel.unset(ChannelFlag::gone);
        channel.seqN_ = channel.birth_ = seqN;
        ++size_;
        ++headerOf(channel).attached;
        return channel;
    }

    /// The channel counts as gone, but its source still stands there, and its place is not free yet.
    void retire(Channel& channel) noexcept {
        --headerOf(channel).attached;
        --size_;
        channel.seqN_ = makeSeqN(0, channel.place());
        channel.birth_ = SeqN{};
        channel.act_ = {};
        channel.error_ = 0;
        channel.flags_ = (channel.flags_ & ChannelFlag::listed) | ChannelFlag::gone | ChannelFlag::unwatched;
        if constexpr (audited) {
            channel.workInARow = 0;
        }
    }

    /// Frees the place of a retired channel whose source is destroyed; later, if somebody may still hold references.
    void release(Channel& channel, bool later) noexcept {
        Place& list = later ? retired_ : free_;
        channel.markedNext_ = list;
        list = channel.place();
    }

    /// Nobody holds references to retired channels any more.
    void releaseRetired() noexcept {
        while (retired_ != noPlace) {
            Channel& channel = at(retired_);
            retired_ = channel.markedNext_;
            release(channel, false);
        }
    }

    /// Calls `function(channel)` for every attached channel whose place is in [first, last), in order of places.
    template <class F>
    POLLEROS_ALWAYS_INLINE void forEach(Place first, Place last, F function) {
        forEachPlace(first, last, [&](Channel& channel) {
            if (channel.isAttached()) {
                function(channel);
            }
        });
    }
    /// The same, but some of the channels may be gone: all of a chunk where one is attached.
    template <class F>
    POLLEROS_ALWAYS_INLINE void forEachPlace(Place first, Place last, F function) {
        for (Place place = first; place < last;) {
            const Place chunkEnd = smaller<Place>((place | static_cast<Place>(length - 1)) + 1, last);
            Channel* const firstChannel = chunks_[place >> lengthBits];
            if (headerOf(firstChannel).attached == 0) {
                place = chunkEnd;
                continue;
            }
            Channel* const end = firstChannel + ((chunkEnd - 1) & (length - 1)) + 1;
            for (Channel* channel = firstChannel + (place & (length - 1)); channel != end; ++channel) {
                function(*channel);
            }
            place = chunkEnd;
        }
    }

    /// Whom this channel belongs to.
    [[nodiscard]] static PollerCore<S>& coreOf(Channel& channel) noexcept { return headerOf(channel).core; }

private:
    struct Header {
        PollerCore<S>& core;
        std::size_t attached; // an empty chunk is not scanned
    };

    /// About 8 KiB: large enough for a fast scan, small enough for a device with a handful of channels.
    static constexpr std::size_t length = clamped<std::size_t>(std::bit_floor(8192 / sizeof(Channel) | 1U), 8, 128);
    static constexpr unsigned lengthBits = static_cast<unsigned>(std::countr_zero(length));
    static constexpr std::size_t chunkAlignment = larger<std::size_t>(alignof(Header), alignof(Channel));
    static constexpr std::size_t headerBytes =
        (sizeof(Header) + alignof(Channel) - 1) / alignof(Channel) * alignof(Channel);
    static constexpr std::size_t chunkBytes = headerBytes + length * sizeof(Channel);

    [[nodiscard]] static Header& headerOf(Channel* first) noexcept {
        return *std::launder(reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(first) - headerBytes));
    }
    [[nodiscard]] static Header& headerOf(Channel& channel) noexcept {
        return headerOf(&channel - (channel.place() & (length - 1)));
    }

    [[nodiscard]] bool addChunk() noexcept {
        if (!chunks_.makeRoom()) {
            return false;
        }
        auto* const bytes = static_cast<std::byte*>(chunks_.memory().allocate(chunkBytes, chunkAlignment));
        if (bytes == nullptr) {
            return false;
        }
        ::new (static_cast<void*>(bytes)) Header{core_, 0};
        auto* const first = reinterpret_cast<Channel*>(bytes + headerBytes);
        const auto place = static_cast<Place>(chunks_.size() * length);
        for (std::size_t index = 0; index < length; ++index) {
            (::new (static_cast<void*>(first + index)) Channel)->seqN_ = makeSeqN(0, place + static_cast<Place>(index));
        }
        chunks_.push(first);
        return true;
    }

    PollerCore<S>& core_;
    Array<Channel*> chunks_; // by their first channels
    std::uint64_t draws_ = 0;
    std::size_t size_ = 0;
    Place end_ = 0;
    Place free_ = noPlace;
    Place retired_ = noPlace;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
