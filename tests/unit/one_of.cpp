// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/one_of.hpp>

#include <memory>
#include <stdexcept>

namespace polleros_test {

using polleros::HandleRef;
using polleros::NativeHandle;
using polleros::noDeadline;
using polleros::OneOf;
using polleros::TimePoint;
using polleros::Triggers;
using enum polleros::Trigger;
using namespace polleros::detail;

namespace {

struct Listener {
    static constexpr bool intentIsLocal = true;
    NativeHandle handle() const noexcept { return 3; }
    Triggers triggers() const noexcept { return accept; }
};
struct Connection {
    static constexpr bool intentIsLocal = true;
    HandleRef handle() const noexcept { return {4, 7}; }
    Triggers triggers() const noexcept { return recv | send; }
    TimePoint deadline() const noexcept { return TimePoint(std::chrono::seconds(9)); }
    std::unique_ptr<int> owned = std::make_unique<int>(1);
};
struct Starving {
    bool intentIsLocal() const noexcept { return !starved; }
    NativeHandle handle() const noexcept { return 5; }
    Triggers triggers() const noexcept { return {}; }
    bool starved = true;
};
struct Scanned {
    NativeHandle handle() { return 6; }
    Triggers triggers() { throw std::runtime_error("no"); }
};

using Either = OneOf<Listener, Connection>;
using Mixed = OneOf<Listener, Starving>;
using Loose = OneOf<Connection, Scanned>;

} // namespace

TEST_CASE("one of several sources is a source, and says what the held one says") {
    STATIC_REQUIRE(polleros::Source<Either>);
    Either listener{Listener{}};
    Either connection{Connection{}};
    CHECK(listener.handle() == HandleRef{3, 0});
    CHECK(listener.triggers() == Triggers{accept});
    CHECK(connection.handle() == HandleRef{4, 7});
    CHECK(connection.triggers() == (recv | send));
}

TEST_CASE("one of several has a deadline if any of them has, and none while the held one has none") {
    STATIC_REQUIRE(polleros::HasDeadline<Either>);
    STATIC_REQUIRE_FALSE(polleros::HasDeadline<Mixed>);
    CHECK(Either(Listener{}).deadline() == noDeadline);
    CHECK(Either(Connection{}).deadline() == TimePoint(std::chrono::seconds(9)));
}

TEST_CASE("one of several is as local as its alternatives are") {
    STATIC_REQUIRE(alwaysLocal<Either>());
    STATIC_REQUIRE_FALSE(alwaysLocal<Mixed>());
    STATIC_REQUIRE(polleros::SometimesLocal<Mixed>);
    STATIC_REQUIRE(polleros::SometimesLocal<Loose>);
    STATIC_REQUIRE_FALSE(alwaysLocal<OneOf<Scanned>>());
    STATIC_REQUIRE_FALSE(polleros::SometimesLocal<OneOf<Scanned>>);
    CHECK(isLocalNow(Mixed(Listener{})));
    CHECK_FALSE(isLocalNow(Mixed(Starving{})));
    CHECK(isLocalNow(Mixed(Starving{.starved = false})));
    CHECK(isLocalNow(Loose(Connection{})));
    CHECK_FALSE(isLocalNow(Loose(Scanned{})));
}

TEST_CASE("one of several keeps the promise of a local intent only if all do") {
    STATIC_REQUIRE(statesConstNoexcept<Either>);
    STATIC_REQUIRE(statesNoexcept<Either>);
    STATIC_REQUIRE_FALSE(statesNoexcept<OneOf<Listener, Scanned>>);
    Loose loose{Scanned{}};
    CHECK_THROWS_AS(loose.triggers(), std::runtime_error);
    CHECK(loose.handle() == HandleRef{6});
}

TEST_CASE("an alternative is found by its type, const or not, and nothing else is") {
    Either source{Connection{}};
    REQUIRE(alternative<Connection>(source) != nullptr);
    CHECK(alternative<Connection>(source)->owned != nullptr);
    CHECK(alternative<Listener>(source) == nullptr);
    CHECK(alternative<Either>(source) == &source);
    const Either& constant = source;
    STATIC_REQUIRE(std::is_same_v<decltype(alternative<Connection>(constant)), const Connection*>);
    CHECK(alternative<Connection>(constant) == alternative<Connection>(source));
    Listener plain;
    CHECK(alternative<Listener>(plain) == &plain);
}

TEST_CASE("visiting reaches the held source, or the source itself where there is one kind") {
    Either source{Listener{}};
    CHECK(visitSource([](auto& held) { return std::is_same_v<decltype(held), Listener&>; }, source));
    Listener plain;
    CHECK(visitSource([&](Listener& held) { return &held == &plain; }, plain));
}

TEST_CASE("only an rvalue of the source, or of one of its alternatives, can be attached") {
    STATIC_REQUIRE(polleros::Attachable<Connection, Either>);
    STATIC_REQUIRE(polleros::Attachable<Either, Either>);
    STATIC_REQUIRE(polleros::Attachable<Listener, Listener>);
    STATIC_REQUIRE_FALSE(polleros::Attachable<Starving, Either>);
    STATIC_REQUIRE_FALSE(polleros::Attachable<Connection&, Either>);
    STATIC_REQUIRE_FALSE(polleros::Attachable<const Connection, Either>);
}

} // namespace polleros_test
