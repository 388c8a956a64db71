// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/handle.hpp>

#include <limits>
#include <type_traits>

using polleros::HandleRef;
using polleros::invalidHandle;
using polleros::isSet;

TEST_CASE("no handle is -1, and every number below zero is none") {
    STATIC_REQUIRE(invalidHandle == static_cast<polleros::NativeHandle>(-1));
    STATIC_REQUIRE_FALSE(isSet(invalidHandle));
    STATIC_REQUIRE_FALSE(isSet(HandleRef{}));
#if !defined(_WIN32)
    STATIC_REQUIRE_FALSE(isSet(std::numeric_limits<int>::min()));
    STATIC_REQUIRE_FALSE(isSet(-2));
#endif
}

TEST_CASE("zero is a handle") {
    STATIC_REQUIRE(isSet(0));
    STATIC_REQUIRE(isSet(HandleRef{0}));
}

TEST_CASE("two handles are equal only if number and version are") {
    STATIC_REQUIRE(HandleRef{5} == HandleRef{5, 0});
    STATIC_REQUIRE(HandleRef{5, 1} != HandleRef{5, 2});
    STATIC_REQUIRE(HandleRef{5, 1} != HandleRef{6, 1});
    STATIC_REQUIRE(HandleRef{} == HandleRef{invalidHandle});
}

TEST_CASE("a bare handle converts, with version 0") {
    const HandleRef handle = 7;
    CHECK(handle.number == 7);
    CHECK(handle.version == 0);
    STATIC_REQUIRE(std::is_nothrow_convertible_v<polleros::NativeHandle, HandleRef>);
}
