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
struct Local : Plain {
    static constexpr bool intentIsLocal = true;
};
struct Timed : Local {
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
struct MoveOnly : Local {
    MoveOnly() = default;
    MoveOnly(MoveOnly&&) = default;
    MoveOnly& operator=(MoveOnly&&) = delete;
};

template <class... T>
using PollerOf = polleros::Poller<polleros::backend::Scripted, OneOf<T...>>;

} // namespace

TEST_CASE("an alternative whose answers change it is asked all the same, and may throw") {
    PollerOf<Mutable, Local> poller;
    auto& channel = poller.attachChannel(Mutable{});
    poller.attachChannel(Local{{polleros::invalidHandle, work}});
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
    PollerOf<Local, Timed> poller;
    auto& local = poller.attachChannel(Local{{polleros::invalidHandle, {}}});
    auto& timed = poller.attachChannel(Timed{});
    poller.attachChannel(OneOf<Local, Timed>(Timed{})); // a OneOf itself is welcome too
    poller.waitTriggers(polleros::Timeout::immediately());
    CHECK(local.as<Timed>() == nullptr);
    CHECK(local.peekAs<Timed>() == nullptr);
    CHECK(local.as<Local>() == local.peekAs<Local>());
    CHECK(local.as<OneOf<Local, Timed>>() == &local.source());
    CHECK(timed.visit([](auto& source) { return std::is_same_v<std::remove_reference_t<decltype(source)>, Timed>; }));
    int found = 0;
    for (auto& channel : poller.channels<Timed>()) {
        CHECK(channel.peekAs<Timed>() != nullptr);
        ++found;
    }
    CHECK(found == 2);
    found = 0;
    for ([[maybe_unused]] auto& channel : poller.channels<OneOf<Local, Timed>>()) {
        ++found;
    }
    CHECK(found == 3);
}

TEST_CASE("an alternative that neither copies nor assigns is attached and comes back") {
    PollerOf<MoveOnly, Local> poller;
    auto& channel = poller.attachChannel(MoveOnly{});
    std::error_code ec;
    const auto back = poller.detachChannel(channel, ec);
    REQUIRE(back.has_value());
    CHECK(std::holds_alternative<MoveOnly>(back->variant()));
}

TEST_CASE("an attach that is refused leaves the caller's alternative as it was") {
    struct Owner : Local {
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
    PollerOf<Plain, Timed> poller;
    poller.attachChannel(Plain{});
    auto& timed = poller.attachChannel(Timed{});
    timed.as<Timed>()->due = poller.now() + 5s;
    const auto result = poller.waitTriggers(1h);
    CHECK(result.triggers == Triggers{timeout});
    CHECK(result.channels == 1);
    for (auto& channel : poller.triggered()) {
        CHECK(&channel == &timed);
    }
    CHECK(poller.waitTriggers(1s).timedOut);
}

} // namespace polleros_test
