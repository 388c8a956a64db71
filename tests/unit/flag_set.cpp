// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/flag_set.hpp>

#include <cstdint>
#include <type_traits>

namespace {
enum class Small : std::uint8_t { a = 1, b = 2, top = 0x80 };
enum class Wide : std::uint64_t { low = 1, top = std::uint64_t{1} << 63U };
enum class Plain : std::uint8_t { a = 1 };
} // namespace

template <>
inline constexpr bool polleros::isFlag<Small> = true;
template <>
inline constexpr bool polleros::isFlag<Wide> = true;

namespace {
using polleros::operator|; // found by itself only beside the library's own enumerations
using SmallSet = polleros::FlagSet<Small>;
using WideSet = polleros::FlagSet<Wide>;

template <class T>
concept Unites = requires(T a, T b) { a | b; };
} // namespace

TEST_CASE("a flag set is as large as its enumeration") {
    STATIC_REQUIRE(sizeof(SmallSet) == 1);
    STATIC_REQUIRE(sizeof(WideSet) == 8);
    STATIC_REQUIRE(std::is_trivially_copyable_v<SmallSet>);
}

TEST_CASE("only declared flags unite by |") {
    STATIC_REQUIRE(Unites<Small>);
    STATIC_REQUIRE_FALSE(Unites<Plain>);
}

TEST_CASE("the empty set has nothing and all of nothing") {
    constexpr SmallSet none;
    STATIC_REQUIRE(none.empty());
    STATIC_REQUIRE(none == SmallSet{});
    STATIC_REQUIRE_FALSE(none.has(none));
    STATIC_REQUIRE_FALSE(none.has(Small::a));
    STATIC_REQUIRE(none.hasAll(none));
    STATIC_REQUIRE_FALSE(none.hasAll(Small::a));
}

TEST_CASE("has is any, hasAll is every") {
    constexpr SmallSet set = Small::a | Small::top;
    STATIC_REQUIRE(set.has(Small::a | Small::b));
    STATIC_REQUIRE_FALSE(set.hasAll(Small::a | Small::b));
    STATIC_REQUIRE(set.hasAll(Small::top | Small::a));
    STATIC_REQUIRE_FALSE(set.has(Small::b));
    STATIC_REQUIRE_FALSE(set.has({}));
    STATIC_REQUIRE(set.hasAll({}));
}

TEST_CASE("union, intersection and difference are what sets make of them") {
    constexpr SmallSet a = Small::a;
    constexpr SmallSet ab{Small::a, Small::b};
    STATIC_REQUIRE((a | Small::b) == ab);
    STATIC_REQUIRE((Small::b | a) == ab);
    STATIC_REQUIRE((ab & Small::b) == SmallSet{Small::b});
    STATIC_REQUIRE((ab - a) == SmallSet{Small::b});
    STATIC_REQUIRE((a - ab).empty());
    STATIC_REQUIRE((ab - SmallSet{}) == ab);
}

TEST_CASE("the compound operators change the set in place") {
    SmallSet set;
    set |= Small::b;
    set |= Small::top;
    CHECK(set == (Small::b | Small::top));
    set &= Small::top | Small::a;
    CHECK(set == SmallSet{Small::top});
    (set -= Small::a) |= Small::a;
    CHECK(set == (Small::top | Small::a));
    set -= SmallSet(set);
    CHECK(set.empty());
}

TEST_CASE("the top bit is a flag like the others") {
    constexpr WideSet set = Wide::low | Wide::top;
    STATIC_REQUIRE(set.has(Wide::top));
    STATIC_REQUIRE((set - Wide::low) == WideSet{Wide::top});
    STATIC_REQUIRE(WideSet{Wide::top}.bits() == std::uint64_t{1} << 63U);
    STATIC_REQUIRE((SmallSet{Small::top} - Small::top).empty());
}

TEST_CASE("bits that name no enumerator are kept") {
    STATIC_REQUIRE(SmallSet::fromBits(0x7F).bits() == 0x7F);
    STATIC_REQUIRE(SmallSet::fromBits(0x10) != SmallSet{});
    STATIC_REQUIRE((SmallSet::fromBits(0x11) - Small::a).bits() == 0x10);
}
