// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/source.hpp>

#include <memory>
#include <stdexcept>

namespace polleros_test {

using polleros::HandleRef;
using polleros::NativeHandle;
using polleros::noDeadline;
using polleros::Source;
using polleros::TimePoint;
using polleros::Triggers;
using enum polleros::Trigger;
using namespace polleros::detail;

namespace {

struct Least {
    NativeHandle handle() { return 3; }
    Triggers triggers() { return recv; }
};
struct OneTrigger {
    HandleRef handle() const noexcept { return {4, 9}; }
    polleros::Trigger triggers() const noexcept { return send; }
};
struct MoveOnly : Least {
    std::unique_ptr<int> owned;
};
struct Pinned : Least {
    Pinned() = default;
    Pinned(Pinned&&) = delete;
};
struct ThrowingDestructor : Least {
    ~ThrowingDestructor() noexcept(false) {}
};
struct NoTriggers {
    NativeHandle handle() const noexcept { return 1; }
};
struct WithDeadline : Least {
    TimePoint deadline() const noexcept { return TimePoint(std::chrono::seconds(5)); }
};
struct Local : OneTrigger {
    static constexpr bool intentIsLocal = true;
};
struct LocalBySeason : OneTrigger {
    bool intentIsLocal() const noexcept { return summer; }
    bool summer = true;
};
struct Greedy {
    NativeHandle handle() const noexcept { return 1; }
    Triggers triggers() const noexcept { return recv | work | err | timeout | Triggers::fromBits(0xF000); }
};
struct Thrower {
    NativeHandle handle() const { return 1; }
    Triggers triggers() const { throw std::runtime_error("no"); }
};

} // namespace

TEST_CASE("a handle and triggers make a source, const or not, throwing or not") {
    STATIC_REQUIRE(Source<Least>);
    STATIC_REQUIRE(Source<OneTrigger>);
    STATIC_REQUIRE(Source<MoveOnly>);
    STATIC_REQUIRE(Source<Thrower>);
}

TEST_CASE("what cannot move, throws when destroyed, or says nothing is no source") {
    STATIC_REQUIRE_FALSE(Source<Pinned>);
    STATIC_REQUIRE_FALSE(Source<ThrowingDestructor>);
    STATIC_REQUIRE_FALSE(Source<NoTriggers>);
    STATIC_REQUIRE_FALSE(Source<int>);
    STATIC_REQUIRE_FALSE(Source<Least&>);
}

TEST_CASE("a source without a deadline has none") {
    STATIC_REQUIRE_FALSE(polleros::HasDeadline<Least>);
    STATIC_REQUIRE(polleros::HasDeadline<WithDeadline>);
    Least least;
    WithDeadline timed;
    CHECK(state(least).deadline == noDeadline);
    CHECK(state(timed).deadline == TimePoint(std::chrono::seconds(5)));
}

TEST_CASE("an intent is not local unless the source says so") {
    STATIC_REQUIRE_FALSE(alwaysLocal<Least>());
    STATIC_REQUIRE(alwaysLocal<Local>());
    STATIC_REQUIRE_FALSE(alwaysLocal<LocalBySeason>());
    STATIC_REQUIRE(polleros::SometimesLocal<LocalBySeason>);
    STATIC_REQUIRE_FALSE(polleros::SometimesLocal<Local>);
    CHECK_FALSE(isLocalNow(OneTrigger{}));
    CHECK(isLocalNow(Local{}));
    LocalBySeason source;
    CHECK(isLocalNow(source));
    source.summer = false;
    CHECK_FALSE(isLocalNow(source));
}

TEST_CASE("what may throw does not keep the promise of a local intent") {
    STATIC_REQUIRE(statesConstNoexcept<Local>);
    STATIC_REQUIRE_FALSE(statesConstNoexcept<Least>);
    STATIC_REQUIRE_FALSE(statesConstNoexcept<Thrower>);
    STATIC_REQUIRE(statesNoexcept<OneTrigger>);
    STATIC_REQUIRE_FALSE(statesNoexcept<Thrower>);
}

TEST_CASE("err, timeout and unknown bits in an intent are ignored") {
    Greedy greedy;
    CHECK(state(greedy).intent == (recv | work));
}

TEST_CASE("a statement carries number and version of the handle") {
    OneTrigger source;
    CHECK(state(source).handle == HandleRef{4, 9});
    CHECK(state(source).intent == Triggers{send});
    Least least;
    CHECK(state(least).handle == HandleRef{3, 0});
}

TEST_CASE("what a source throws goes to the asker") {
    Thrower thrower;
    CHECK_THROWS_AS(state(thrower), std::runtime_error);
}

} // namespace polleros_test
