// SPDX-License-Identifier: MIT
/// @file
/// FlagSet: a set of the enumerators of one enumeration whose values are single bits. `Triggers`, `Interest`,
/// `Readiness` and `Capabilities` are such sets. Everything is constexpr, constant time and safe from any thread.
#pragma once

#include <polleros/config.hpp>

#include <initializer_list>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

/// Specialised to true for enumerations whose `a | b` makes a FlagSet.
template <class Flag>
inline constexpr bool isFlag = false;

/// A set of flags, as large as the enumeration's underlying type.
template <class Flag>
class FlagSet {
public:
    using Bits = std::underlying_type_t<Flag>; ///< the representation

    constexpr FlagSet() noexcept = default;
    constexpr FlagSet(Flag flag) noexcept : bits_(static_cast<Bits>(flag)) {} ///< the set of this one
    constexpr FlagSet(std::initializer_list<Flag> flags) noexcept {           ///< the set of these
        for (const Flag flag : flags) {
            bits_ = static_cast<Bits>(bits_ | static_cast<Bits>(flag));
        }
    }

    /// The set with exactly these bits; bits that name no enumerator are kept and mean nothing.
    [[nodiscard]] static constexpr FlagSet fromBits(Bits bits) noexcept {
        FlagSet set;
        set.bits_ = bits;
        return set;
    }

    [[nodiscard]] constexpr Bits bits() const noexcept { return bits_; }            ///< as an integer
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == Bits{}; } ///< no flag is set
    /// True if *any* flag of `set` is in this set; never for an empty `set`.
    [[nodiscard]] constexpr bool has(FlagSet set) const noexcept { return (bits_ & set.bits_) != 0; }
    /// True if *every* flag of `set` is in this set; always for an empty `set`.
    [[nodiscard]] constexpr bool hasAll(FlagSet set) const noexcept { return (bits_ & set.bits_) == set.bits_; }

    /// Union.
    friend constexpr FlagSet operator|(FlagSet a, FlagSet b) noexcept {
        return fromBits(static_cast<Bits>(a.bits_ | b.bits_));
    }
    /// Intersection.
    friend constexpr FlagSet operator&(FlagSet a, FlagSet b) noexcept {
        return fromBits(static_cast<Bits>(a.bits_ & b.bits_));
    }
    /// Difference: `a` without the flags of `b`.
    friend constexpr FlagSet operator-(FlagSet a, FlagSet b) noexcept {
        return fromBits(static_cast<Bits>(a.bits_ & ~b.bits_));
    }
    constexpr FlagSet& operator|=(FlagSet other) noexcept { return *this = *this | other; } ///< adds
    constexpr FlagSet& operator&=(FlagSet other) noexcept { return *this = *this & other; } ///< keeps only these
    constexpr FlagSet& operator-=(FlagSet other) noexcept { return *this = *this - other; } ///< takes away
    friend constexpr bool operator==(FlagSet, FlagSet) noexcept = default;

private:
    Bits bits_{};
};

/// The set of two flags.
template <class Flag>
    requires isFlag<Flag>
[[nodiscard]] constexpr FlagSet<Flag> operator|(Flag a, Flag b) noexcept {
    return FlagSet<Flag>(a) | FlagSet<Flag>(b);
}

POLLEROS_NAMESPACE_END
