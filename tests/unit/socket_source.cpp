// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/socket_source.hpp>

namespace polleros_test {

using polleros::HandleRef;
using polleros::SocketSource;
using polleros::Triggers;
using enum polleros::Trigger;

TEST_CASE("a socket source is a local source without a deadline") {
    STATIC_REQUIRE(polleros::Source<SocketSource>);
    STATIC_REQUIRE(polleros::detail::alwaysLocal<SocketSource>());
    STATIC_REQUIRE(polleros::detail::statesConstNoexcept<SocketSource>);
    STATIC_REQUIRE_FALSE(polleros::HasDeadline<SocketSource>);
    STATIC_REQUIRE(sizeof(SocketSource) <= (sizeof(polleros::NativeHandle) == 4 ? 12 : 24));
}

TEST_CASE("a socket source says what it was told") {
    SocketSource source(HandleRef{5, 2}, recv);
    CHECK(source.handle() == HandleRef{5, 2});
    CHECK(source.triggers() == Triggers{recv});
    source.want(recv | send);
    CHECK(source.triggers() == (recv | send));
    source.want({});
    CHECK(source.triggers().empty());
    source.rebind({5, 3});
    CHECK(source.handle() != HandleRef{5, 2});
    source.rebind(polleros::invalidHandle);
    CHECK_FALSE(polleros::isSet(source.handle()));
}

} // namespace polleros_test
