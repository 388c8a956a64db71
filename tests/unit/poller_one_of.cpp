// SPDX-License-Identifier: MIT
// OneOf as a poller's source: several kinds, each asked as it wants to be.
#include "support/catch.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/one_of.hpp>
#include <polleros/poller.hpp>

#include <map>
#include <memory>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::OneOf;
using polleros::Triggers;

namespace {

struct Plain {
    polleros::NativeHandle at = -1;
    Triggers wanted = {};
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
};
struct LocalOne : Plain {
    static constexpr bool intentIsLocal = true;
};
struct TimedOne : LocalOne {
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return due; }
    polleros::TimePoint due = polleros::noDeadline;
};
// Counts how often it is asked, and may throw.
struct Mutable {
    int asked = 0;
    bool throws = false;
    polleros::HandleRef handle() { return {polleros::invalidHandle, 0}; }
    Triggers triggers() {
        if (throws) {
            throw 1;
        }
        ++asked;
        return work;
    }
    polleros::TimePoint deadline() { return polleros::noDeadline; }
};
// Neither copied nor assigned.
struct MovedOne : LocalOne {
    MovedOne() = default;
    MovedOne(MovedOne&&) = default;
    MovedOne& operator=(MovedOne&&) = delete;
};

template <class... T>
using PollerOf = polleros::Poller<polleros::backend::Scripted, OneOf<T...>>;

} // namespace

TEST_CASE("an alternative whose answers change it is asked all the same, and may throw") {
    PollerOf<Mutable, LocalOne> poller;
    auto& channel = poller.attachChannel(Mutable{});
    poller.attachChannel(LocalOne{{polleros::invalidHandle, work}});
    CHECK(poller.waitTriggers(1s).channels == 2);
    const int asked = channel.peekAs<Mutable>()->asked;
    poller.waitTriggers(1s);
    CHECK(channel.peekAs<Mutable>()->asked > asked);
    channel.as<Mutable>()->throws = true;
    poller.waitTriggers(1s);
    std::map<polleros::ChannelNumber, Triggers> told;
    for (auto& reported : poller.triggered()) {
        told[reported.number()] = reported.act();
    }
    CHECK(told.size() == 2); // the other is not harmed
    CHECK(told[channel.number()] == Triggers{err});
    CHECK(channel.error() == polleros::Errc::sourceThrew);
}

TEST_CASE("as() touches only what it finds, visit() gets the alternative, channels<T>() are those that hold one") {
    PollerOf<LocalOne, TimedOne> poller;
    auto& local = poller.attachChannel(LocalOne{{polleros::invalidHandle, {}}});
    auto& timed = poller.attachChannel(TimedOne{});
    poller.attachChannel(OneOf<LocalOne, TimedOne>(TimedOne{})); // a OneOf itself is welcome too
    poller.waitTriggers(polleros::Timeout::immediately());
    CHECK(local.as<TimedOne>() == nullptr);
    CHECK(local.peekAs<TimedOne>() == nullptr);
    CHECK(local.as<LocalOne>() == local.peekAs<LocalOne>());
    CHECK(local.as<OneOf<LocalOne, TimedOne>>() == &local.source());
    CHECK(
        timed.visit([](auto& source) { return std::is_same_v<std::remove_reference_t<decltype(source)>, TimedOne>; }));
    int found = 0;
    for (auto& channel : poller.channels<TimedOne>()) {
        CHECK(channel.peekAs<TimedOne>() != nullptr);
        ++found;
    }
    CHECK(found == 2);
    found = 0;
    for ([[maybe_unused]] auto& channel : poller.channels<OneOf<LocalOne, TimedOne>>()) {
        ++found;
    }
    CHECK(found == 3);
}

TEST_CASE("an alternative that neither copies nor assigns is attached and comes back") {
    PollerOf<MovedOne, LocalOne> poller;
    auto& channel = poller.attachChannel(MovedOne{});
    std::error_code ec;
    const auto back = poller.detachChannel(channel, ec);
    REQUIRE(back.has_value());
    CHECK(std::holds_alternative<MovedOne>(back->variant()));
}

TEST_CASE("an attach that is refused leaves the caller's alternative as it was") {
    struct Owner : LocalOne {
        std::unique_ptr<int> owned = std::make_unique<int>(7);
    };
    PollerOf<Owner, Plain> poller;
    poller.attachChannel(polleros::ChannelNumber{1}, Plain{});
    Owner owner;
    std::error_code ec;
    CHECK(poller.attachChannel(polleros::ChannelNumber{1}, std::move(owner), ec) == nullptr);
    CHECK(ec == polleros::Errc::alreadyAttached);
    REQUIRE(owner.owned != nullptr);
    owner.at = 1000; // not open
    CHECK(poller.attachChannel(polleros::ChannelNumber{2}, std::move(owner), ec) == nullptr);
    CHECK(ec == polleros::Errc::badHandle);
    REQUIRE(owner.owned != nullptr);
    owner.at = -1;
    CHECK(poller.attachChannel(polleros::ChannelNumber{2}, std::move(owner), ec) != nullptr);
    CHECK(owner.owned == nullptr);
}

TEST_CASE("the deadline of one alternative is no business of the others") {
    PollerOf<Plain, TimedOne> poller;
    poller.attachChannel(Plain{});
    auto& timed = poller.attachChannel(TimedOne{});
    timed.as<TimedOne>()->due = poller.now() + 5s;
    const auto result = poller.waitTriggers(1h);
    CHECK(result.triggers == Triggers{timeout});
    CHECK(result.channels == 1);
    for (auto& channel : poller.triggered()) {
        CHECK(&channel == &timed);
    }
    CHECK(poller.waitTriggers(1s).timedOut);
}

} // namespace polleros_test
