// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/array.hpp>
#include <polleros/identity.hpp>

#include <bit>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A hash table from a key to the place of the channel that has it. It stores places only, four bytes each: the key is
/// read from the channel by `keyOf(place)`. Linear probing, at most five sixths full, no tombstones.
class PlaceTable {
public:
    explicit PlaceTable(const Memory& memory) noexcept : slots_(memory) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    template <class KeyOf>
    [[nodiscard]] POLLEROS_ALWAYS_INLINE Place find(std::uint64_t key, KeyOf keyOf) const noexcept {
        if (size_ == 0) {
            return noPlace;
        }
        for (std::size_t slot = home(key);; slot = next(slot)) {
            const Place place = slots_[slot];
            if (place == noPlace || keyOf(place) == key) {
                return place;
            }
        }
    }

    /// Room for `count` keys in all. False if memory is short; then nothing has changed.
    template <class KeyOf>
    [[nodiscard]] POLLEROS_ALWAYS_INLINE bool reserve(std::size_t count, KeyOf keyOf) noexcept {
        return count * 6 <= slots_.size() * 5 || grow(count, keyOf);
    }

    /// The key is new, and there is room.
    void insert(std::uint64_t key, Place place) noexcept {
        settle(key, place);
        ++size_;
    }

    /// The key is there. What follows it moves up, so that no gap breaks a probe.
    template <class KeyOf>
    void erase(std::uint64_t key, KeyOf keyOf) noexcept {
        std::size_t gap = home(key);
        while (keyOf(slots_[gap]) != key) {
            gap = next(gap);
        }
        for (std::size_t slot = next(gap); slots_[slot] != noPlace; slot = next(slot)) {
            const std::size_t wanted = home(keyOf(slots_[slot]));
            const std::size_t mask = slots_.size() - 1;
            if (((slot - wanted) & mask) >= ((slot - gap) & mask)) {
                slots_[gap] = slots_[slot];
                gap = slot;
            }
        }
        slots_[gap] = noPlace;
        --size_;
    }

private:
    template <class KeyOf>
    [[nodiscard]] POLLEROS_NEVER_INLINE bool grow(std::size_t count, KeyOf keyOf) noexcept {
        Array<Place> fresh(slots_.memory());
        if (!fresh.resize(std::bit_ceil(count * 6 / 5 + 1), noPlace)) {
            return false;
        }
        std::swap(slots_, fresh);
        shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots_.size()));
        for (const Place place : fresh) {
            if (place != noPlace) {
                settle(keyOf(place), place);
            }
        }
        return true;
    }

    /// Fibonacci hashing: handles and numbers are often consecutive, which identity would cluster.
    [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
        return static_cast<std::size_t>(key * 0x9E37'79B9'7F4A'7C15U >> shift_);
    }
    [[nodiscard]] std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (slots_.size() - 1); }

    void settle(std::uint64_t key, Place place) noexcept {
        std::size_t slot = home(key);
        while (slots_[slot] != noPlace) {
            slot = next(slot);
        }
        slots_[slot] = place;
    }

    Array<Place> slots_;
    std::size_t size_ = 0;
    unsigned shift_ = 0;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
