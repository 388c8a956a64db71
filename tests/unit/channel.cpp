// SPDX-License-Identifier: MIT
// TriggeredChannel, ChannelRef and Which as types. (What they promise: contract/references.cpp, iteration.cpp.)
#include "support/catch.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/poller.hpp>

namespace polleros_test {

using polleros::ChannelNumber;
using polleros::ChannelRef;
using polleros::SocketSource;
using polleros::TriggeredChannel;
using polleros::Which;
using enum polleros::Trigger;

namespace {

struct Roommate; // incomplete here

// A room that its members' type knows, and that knows their type by name only.
struct Room {
    std::vector<ChannelRef<Roommate>> members;
};

struct Roommate {
    Room* room;
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return polleros::invalidHandle; }
    [[nodiscard]] polleros::Triggers triggers() const noexcept { return {}; }
};

} // namespace

TEST_CASE("a channel stays where it is; references to it are small values") {
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<TriggeredChannel<SocketSource>>);
    STATIC_REQUIRE_FALSE(std::is_move_constructible_v<TriggeredChannel<SocketSource>>);
    STATIC_REQUIRE(sizeof(ChannelRef<SocketSource>) <= 16);
    STATIC_REQUIRE(std::is_trivially_copyable_v<ChannelRef<SocketSource>>);
    STATIC_REQUIRE(std::is_nothrow_default_constructible_v<ChannelRef<SocketSource>>);
    STATIC_REQUIRE(std::is_convertible_v<ChannelNumber, Which<SocketSource>>);
    STATIC_REQUIRE(std::is_convertible_v<TriggeredChannel<SocketSource>&, Which<SocketSource>>);
    STATIC_REQUIRE(std::is_convertible_v<ChannelRef<SocketSource>, Which<SocketSource>>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<int, Which<SocketSource>>);
}

TEST_CASE("a reference works where its source's type is not complete yet") {
    polleros::Poller<polleros::backend::Scripted, Roommate> poller;
    Room room;
    room.members.push_back(poller.attachChannel(Roommate{&room}).ref());
    CHECK(room.members[0]->room == &room);
    poller.deleteAll();
    CHECK_FALSE(static_cast<bool>(room.members[0]));
}

TEST_CASE("a reference of nobody's names nobody") {
    polleros::Poller<polleros::backend::Scripted> poller;
    const ChannelRef<SocketSource> nobody;
    CHECK_FALSE(poller.deleteChannel(nobody));
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(polleros::invalidHandle, {}));
    CHECK_FALSE(poller.deleteChannel(nobody));
    CHECK_FALSE(poller.detachChannel(nobody).has_value());
    CHECK(poller.deleteGroup({nobody, Which<SocketSource>(ChannelNumber{2})}) == 0);
    CHECK(poller.size() == 1);
    CHECK(poller.deleteChannel(channel));
}

TEST_CASE("a channel says what it is named, what it was told and what is registered for it") {
    polleros::Poller<polleros::backend::Scripted> poller;
    const auto handle = poller.backend().kernel().openHandle(polleros::ReadyFlag::read);
    auto& channel = poller.attachChannel(ChannelNumber{42}, SocketSource(handle, recv | hangup));
    CHECK(channel.number() == ChannelNumber{42});
    CHECK(channel.act().empty());
    CHECK(channel.exp() == (polleros::InterestFlag::read | polleros::InterestFlag::hangup));
    CHECK_FALSE(channel.error());
    CHECK_FALSE(channel.isMarked());
    CHECK(poller.find(channel.seqN()) == &channel);
    poller.waitTriggers(polleros::Timeout::immediately());
    CHECK(channel.act() == polleros::Triggers{recv});
    channel.source().want({});
    CHECK_FALSE(channel.exp().empty()); // until the next wait
    poller.waitTriggers(polleros::Timeout::immediately());
    CHECK(channel.exp().empty());
    CHECK(channel.act().empty());
}

TEST_CASE("reading through a reference does not touch; writing does") {
    polleros::Poller<polleros::backend::Scripted> poller;
    const auto handle = poller.backend().kernel().openHandle();
    const auto ref = poller.attachChannel(SocketSource(handle, recv)).ref();
    poller.waitTriggers(polleros::Timeout::immediately());
    REQUIRE(ref.peek() != nullptr);
    CHECK(ref.peek()->triggers() == recv);
    CHECK(ref.as<SocketSource>() == ref.peek());
    ref->want(send);
    poller.waitTriggers(polleros::Timeout::immediately());
    CHECK(ref.channel().exp() == polleros::InterestFlag::write);
    poller.deleteChannel(ref);
    CHECK(ref.peek() == nullptr);
    CHECK(ref.as<SocketSource>() == nullptr);
}

TEST_CASE("visit() returns what its function returns, by reference if it does") {
    polleros::Poller<polleros::backend::Scripted> poller;
    auto& channel = poller.attachChannel(SocketSource(polleros::invalidHandle, recv));
    CHECK(channel.visit([](SocketSource& source) { return source.triggers(); }) == polleros::Triggers{recv});
    STATIC_REQUIRE(std::is_same_v<decltype(channel.visit([](SocketSource& source) -> SocketSource& { return source; })),
                                  SocketSource&>);
}

} // namespace polleros_test
