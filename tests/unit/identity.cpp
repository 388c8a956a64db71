// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/identity.hpp>

#include <cstdint>

using polleros::ChannelNumber;
using polleros::isPicked;
using polleros::SeqN;
using namespace polleros::detail;

TEST_CASE("a picked number is told by its top bit alone") {
    STATIC_REQUIRE_FALSE(isPicked(ChannelNumber{0}));
    STATIC_REQUIRE_FALSE(isPicked(ChannelNumber{0x7FFF'FFFF'FFFF'FFFF}));
    STATIC_REQUIRE(isPicked(ChannelNumber{0x8000'0000'0000'0000}));
    STATIC_REQUIRE(isPicked(ChannelNumber{0xFFFF'FFFF'FFFF'FFFF}));
}

TEST_CASE("a sequence number names its place") {
    STATIC_REQUIRE(placeOf(makeSeqN(1, 0)) == 0);
    STATIC_REQUIRE(placeOf(makeSeqN(1, maxPlaces - 1)) == maxPlaces - 1);
    STATIC_REQUIRE(placeOf(makeSeqN(maxDraws - 1, 12345)) == 12345);
}

TEST_CASE("a later draw is a greater sequence number, whatever the places") {
    STATIC_REQUIRE(makeSeqN(1, maxPlaces - 1) < makeSeqN(2, 0));
    STATIC_REQUIRE(makeSeqN(maxDraws - 2, maxPlaces - 1) < makeSeqN(maxDraws - 1, 0));
    STATIC_REQUIRE(makeSeqN(1, 0) > polleros::wakerSeqN);
}

TEST_CASE("there is room for four million channels and 2^40 draws") {
    STATIC_REQUIRE(maxPlaces >= 4'000'000);
    STATIC_REQUIRE(maxDraws >= std::uint64_t{1} << 40U);
    STATIC_REQUIRE(noPlace >= maxPlaces);
}

TEST_CASE("the last sequence number leaves the top bit to picked channel numbers") {
    constexpr SeqN last = makeSeqN(maxDraws - 1, static_cast<Place>(maxPlaces - 1));
    STATIC_REQUIRE(static_cast<std::uint64_t>(last) >> 63U == 0);
    STATIC_REQUIRE(isPicked(pickedNumber(last)));
    STATIC_REQUIRE(seqNOfPicked(pickedNumber(last)) == last);
    STATIC_REQUIRE(pickedNumber(makeSeqN(1, 0)) != pickedNumber(makeSeqN(2, 0)));
}
