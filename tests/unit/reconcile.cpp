// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/reconcile.hpp>

using polleros::Change;
using polleros::Interest;
using polleros::InterestFlag;
using polleros::reconcile;

TEST_CASE("one change leads from any interest to any other") {
    for (unsigned from = 0; from < 32; ++from) {
        for (unsigned to = 0; to < 32; ++to) {
            const auto registered = Interest::fromBits(static_cast<Interest::Bits>(from));
            const auto wanted = Interest::fromBits(static_cast<Interest::Bits>(to));
            const Change change = reconcile(registered, wanted);
            CAPTURE(from, to);
            REQUIRE((change == Change::none) == (from == to));
            REQUIRE((change == Change::add) == (from == 0 && to != 0));
            REQUIRE((change == Change::remove) == (from != 0 && to == 0));
        }
    }
}

TEST_CASE("two interests that are not empty are never a remove and an add") {
    STATIC_REQUIRE(reconcile(InterestFlag::read, InterestFlag::write) == Change::modify);
    STATIC_REQUIRE(reconcile(InterestFlag::read, InterestFlag::read | InterestFlag::write) == Change::modify);
    STATIC_REQUIRE(reconcile(InterestFlag::read | InterestFlag::write, InterestFlag::read) == Change::modify);
}

TEST_CASE("reconciling is decided at compile time too") {
    STATIC_REQUIRE(reconcile({}, {}) == Change::none);
    STATIC_REQUIRE(reconcile({}, InterestFlag::hangup) == Change::add);
    STATIC_REQUIRE(reconcile(InterestFlag::hangup, {}) == Change::remove);
}
