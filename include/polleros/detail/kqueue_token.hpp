// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/identity.hpp>

#include <type_traits>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// How a sequence number travels in `udata`, which is a pointer on most systems and an integer on some. Where it has 64
/// bits it is the number itself. Where it has 32 it is its place and the low half of its draw: who reads it compares it
/// with the number that lives in that place, and the handle with that number's.
template <class Udata>
struct KqueueToken {
    static_assert(sizeof(Udata) == 8 || sizeof(Udata) == 4);

    static constexpr bool isWhole = sizeof(Udata) == 8;
    /// Sequence numbers in places beyond this cannot travel.
    static constexpr Place places = isWhole ? Place{maxPlaces} : Place{1} << 16U;

    [[nodiscard]] static Udata of(SeqN seqN) noexcept {
        const auto number = static_cast<std::uint64_t>(seqN);
        return isWhole ? as<Udata>(number) : as<Udata>((number & 0xFFFFU) << 16U | (number >> placeBits & 0xFFFFU));
    }
    [[nodiscard]] static std::uint64_t bitsOf(Udata udata) noexcept {
        if constexpr (std::is_pointer_v<Udata>) {
            return reinterpret_cast<std::uintptr_t>(udata);
        } else {
            return static_cast<std::make_unsigned_t<Udata>>(udata);
        }
    }
    [[nodiscard]] static Place placeIn(Udata udata) noexcept {
        return isWhole ? placeOf(SeqN{bitsOf(udata)}) : static_cast<Place>(bitsOf(udata) >> 16U);
    }

private:
    template <class U>
    [[nodiscard]] static U as(std::uint64_t bits) noexcept {
        if constexpr (std::is_pointer_v<U>) {
            return reinterpret_cast<U>(static_cast<std::uintptr_t>(bits));
        } else {
            return static_cast<U>(bits);
        }
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
