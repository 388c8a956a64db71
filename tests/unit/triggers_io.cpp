// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/triggers_io.hpp>

#include <sstream>
#include <string>

namespace polleros_test {

using polleros::Triggers;
using enum polleros::Trigger;

namespace {
std::string printed(Triggers triggers) {
    std::ostringstream out;
    out << triggers;
    return out.str();
}
} // namespace

TEST_CASE("sets are printed in the order of the enumerators, whatever the order they were made in") {
    CHECK(printed({}) == "{}");
    CHECK(printed(recv) == "{recv}");
    CHECK(printed(recv | send) == "{send recv}");
    CHECK(printed(timeout | notify) == "{notify timeout}");
    CHECK(printed(polleros::kernelTriggers | edge | work | err | timeout) ==
          "{notify accept connect send recv priority hangup edge work err timeout}");
}

TEST_CASE("bits that name no trigger are not printed") {
    CHECK(printed(Triggers::fromBits(0xF800)) == "{}");
    CHECK(printed(Triggers::fromBits(0xF810)) == "{recv}");
}

TEST_CASE("a trigger's name is the enumerator's") {
    STATIC_REQUIRE(polleros::nameOf(hangup) == "hangup");
    STATIC_REQUIRE(polleros::nameOf(polleros::Trigger{}) == "?");
    STATIC_REQUIRE(polleros::nameOf(static_cast<polleros::Trigger>(0x8000)) == "?");
}

TEST_CASE("printing keeps the stream's own format") {
    std::ostringstream out;
    out << std::hex;
    out.width(3);
    out << (recv | send) << 255;
    CHECK(out.str().find("send recv") != std::string::npos);
    CHECK(out.str().find("ff") != std::string::npos);
}

} // namespace polleros_test
