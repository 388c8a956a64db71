// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/triggers.hpp>

namespace polleros_test {

using polleros::kernelTriggers;
using polleros::Triggers;
using enum polleros::Trigger;

TEST_CASE("every trigger is a bit of its own") {
    constexpr polleros::Trigger all[] = {notify, accept, connect, send, recv,   priority,
                                         hangup, edge,   work,    err,  timeout};
    Triggers seen;
    for (const auto trigger : all) {
        CHECK_FALSE(seen.has(trigger));
        seen |= trigger;
    }
    CHECK(seen.bits() == 0x7FF);
}

TEST_CASE("what is reported only, work, and how to tell are no kernel triggers") {
    STATIC_REQUIRE(kernelTriggers.hasAll(notify | accept | connect | send | recv | priority | hangup));
    STATIC_REQUIRE_FALSE(kernelTriggers.has(edge | work | err | timeout));
}

TEST_CASE("triggers are two bytes, for there is one set per channel") {
    STATIC_REQUIRE(sizeof(Triggers) == 2);
}

TEST_CASE("a conditional set is all or nothing") {
    STATIC_REQUIRE(when(true, recv | send) == (recv | send));
    STATIC_REQUIRE(when(false, recv | send).empty());
    STATIC_REQUIRE((when(false, recv) | when(true, send)) == send);
}

} // namespace polleros_test
