// SPDX-License-Identifier: MIT
// E4, E6: how often, how many, and that nothing is lost.
#include "set.hpp"

#include <array>
#include <vector>

namespace polleros_test {
namespace {

// Connected pairs, of whose first ends each has something to read.
std::vector<FdPair> readyPairs(int count) {
    std::vector<FdPair> pairs;
    for (int index = 0; index < count; ++index) {
        pairs.push_back(makePair(PairKind::tcp));
        writeBytes(pairs.back().peer.get(), 1);
        static_cast<void>(pollFor(pairs.back().ours.get(), readable, 5000));
    }
    return pairs;
}

template <class Set>
ToldEvents nextFew(Set& set, std::size_t room) {
    std::array<polleros::SetEvent<int>, 16> events;
    std::error_code ec;
    const polleros::WaitResult result = set.wait(std::span(events).first(room), Timeout::immediately(), ec);
    CHECK_FALSE(ec);
    CHECK(result.channels <= room);
    ToldEvents all;
    for (std::size_t index = 0; index < result.channels; ++index) {
        CHECK(all.emplace(events[index].data, events[index].events.bits()).second);
    }
    return all;
}

} // namespace

TEMPLATE_TEST_CASE("E4 never more than maxEvents; the rest comes next, and nobody starves", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    constexpr int count = 10;
    const std::vector<FdPair> pairs = readyPairs(count);
    Set<TestType> set({.maxEvents = 3});
    CHECK(set.maxEvents() == 3);
    for (int index = 0; index < count; ++index) {
        REQUIRE_FALSE(set.add(pairs[static_cast<std::size_t>(index)].ours.get(), read, index));
    }
    ToldEvents seen;
    for (int turn = 0; turn < (count + 2) / 3 + 1; ++turn) {
        const ToldEvents few = set.next();
        CHECK(few.size() <= 3);
        seen.insert(few.begin(), few.end());
    }
    CHECK(seen.size() == count);
}

TEMPLATE_TEST_CASE("E4 never more than maxEvents, nor with what was left over, into however long an array",
                   "[event_set]", POLLEROS_REAL_BACKENDS) {
    constexpr int count = 10;
    const std::vector<FdPair> pairs = readyPairs(count);
    Set<TestType> set({.maxEvents = 3});
    for (int index = 0; index < count; ++index) {
        REQUIRE_FALSE(set.add(pairs[static_cast<std::size_t>(index)].ours.get(), read, index, Delivery::oneShot));
    }
    for (int turn = 0; turn < count; ++turn) {
        CHECK(nextFew(set, 0).empty());
    }
    ToldEvents seen;
    for (int turn = 0; turn < (count + 2) / 3; ++turn) {
        const ToldEvents few = nextFew(set, 16);
        CHECK(few.size() <= 3);
        seen.insert(few.begin(), few.end());
    }
    CHECK(seen.size() == count);
    CHECK(nextFew(set, 16).empty());
}

TEMPLATE_TEST_CASE("E4 more are ready than a wait asks the kernel for, and fewer have room: nobody starves",
                   "[event_set]", POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(4);
    Set<TestType> set({.maxEvents = 2});
    for (int index = 0; index < 4; ++index) {
        REQUIRE_FALSE(set.add(pairs[static_cast<std::size_t>(index)].ours.get(), read, index));
    }
    ToldEvents seen;
    for (int turn = 0; turn < 8; ++turn) {
        const ToldEvents one = nextFew(set, 1);
        CHECK(one.size() == 1);
        seen.insert(one.begin(), one.end());
    }
    CHECK(seen.size() == 4);
    for (const FdPair& pair : pairs) {
        readAll(pair.ours.get());
    }
    for (int turn = 0; TestType::isWepoll && turn < 4; ++turn) {
        nextFew(set, 4); // it has a queue, of what was so when it was put there
    }
    CHECK(nextFew(set, 1).empty());
}

TEMPLATE_TEST_CASE("E4 what a short array has no room for comes first the next time", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    constexpr int count = 10;
    const std::vector<FdPair> pairs = readyPairs(count);
    for (const Delivery delivery : {Delivery::level, Delivery::oneShot, Delivery::edge}) {
        if (delivery == Delivery::edge && !can<TestType>(Capability::edge)) {
            continue;
        }
        CAPTURE(static_cast<int>(delivery));
        Set<TestType> set;
        for (int index = 0; index < count; ++index) {
            REQUIRE_FALSE(set.add(pairs[static_cast<std::size_t>(index)].ours.get(), read, index, delivery));
        }
        CHECK(nextFew(set, 0).empty());
        ToldEvents seen;
        for (int turn = 0; turn < (count + 2) / 3; ++turn) {
            for (const auto& [who, what] : nextFew(set, 3)) {
                CHECK(what == Events(read).bits());
                CHECK(
                    (seen.emplace(who, what).second || delivery == Delivery::level)); // again, when all had their turn
            }
        }
        CHECK(seen.size() == count);
        CHECK(nextFew(set, 16).size() == (delivery == Delivery::level ? count : 0));
    }
}

TEMPLATE_TEST_CASE("E4 what waited for room and is not so any more is not told", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(2);
    Set<TestType> set;
    REQUIRE_FALSE(set.add(pairs[0].ours.get(), read, 0));
    REQUIRE_FALSE(set.add(pairs[1].ours.get(), read, 1));
    CHECK(nextFew(set, 1).size() == 1);
    readAll(pairs[0].ours.get());
    readAll(pairs[1].ours.get());
    CHECK(nextFew(set, 4).empty());
    SECTION("nor is a oneShot of which something else is asked") {
        const std::vector<FdPair> more = readyPairs(1);
        REQUIRE_FALSE(set.add(more[0].ours.get(), read, 2, Delivery::oneShot));
        CHECK(nextFew(set, 0).empty());
        CHECK_FALSE(set.modify(more[0].ours.get(), write));
        CHECK(nextFew(set, 4) == told({{2, write}}));
        CHECK(nextFew(set, 4).empty());
    }
    SECTION("nor is what was removed, or is asked for no more") {
        writeBytes(pairs[0].peer.get(), 1);
        writeBytes(pairs[1].peer.get(), 1);
        static_cast<void>(pollFor(pairs[0].ours.get(), readable, 5000));
        static_cast<void>(pollFor(pairs[1].ours.get(), readable, 5000));
        CHECK(nextFew(set, 0).empty());
        CHECK(set.remove(pairs[0].ours.get()));
        CHECK_FALSE(set.modify(pairs[1].ours.get(), {}));
        CHECK(nextFew(set, 4).empty());
    }
}

TEMPLATE_TEST_CASE("E4 an error that there was no room for is told to who asks for nothing, too", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), {}, 1));
    closeWithReset(pair.peer);
    static_cast<void>(pollFor(pair.ours.get(), endOfStream, 5000));
    CHECK(nextFew(set, 0).empty());
    CHECK(nextFew(set, 4) == told({{1, polleros::EventFlag::error | hangup}}));
    CHECK(nextFew(set, 4).empty());
}

TEMPLATE_TEST_CASE("E4 of a closed handle that there was no room for the next wait tells", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if (!TestType::isPoll) {
        GATE(TestType::name(), "its kernel does not tell of closed handles");
    }
    std::vector<FdPair> pairs = readyPairs(2);
    Set<TestType> set;
    REQUIRE_FALSE(set.add(pairs[0].ours.get(), read, 0));
    REQUIRE_FALSE(set.add(pairs[1].ours.get(), read, 1));
    pairs[0].ours.close();
    pairs[1].ours.close();
    ToldEvents seen;
    for (int turn = 0; turn < 2; ++turn) {
        const ToldEvents one = nextFew(set, 1);
        CHECK(one.size() == 1);
        seen.insert(one.begin(), one.end());
    }
    CHECK(seen == told({{0, polleros::EventFlag::error}, {1, polleros::EventFlag::error}}));
    CHECK(set.size() == 0);
}

TEMPLATE_TEST_CASE("E6 a one-shot is told once, until it is modified", "[event_set]", POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(1);
    const NativeHandle handle = pairs[0].ours.get();
    Set<TestType> set;
    REQUIRE_FALSE(set.add(handle, read, 1, Delivery::oneShot));
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(set.something() == told({{1, read}}));
        CHECK(set.next().empty());
        writeBytes(pairs[0].peer.get(), 1);
        CHECK(set.next().empty());
        CHECK_FALSE(set.modify(handle, read));
    }
    CHECK(set.something() == told({{1, read}}));
    CHECK_FALSE(set.modify(handle, read | write));
    CHECK(set.something() == told({{1, read | write}}));
    CHECK_FALSE(set.addEvents(handle, {}));
    CHECK(set.something() == told({{1, read | write}}));
    CHECK(set.next().empty());
    CHECK(set.size() == 1);
}

TEMPLATE_TEST_CASE("E6 an edge is told when it comes, and an equal modify tells what lasts again", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if (!can<TestType>(Capability::edge)) {
        GATE(TestType::name(), "no edges");
    }
    const std::vector<FdPair> pairs = readyPairs(1);
    const NativeHandle handle = pairs[0].ours.get();
    Set<TestType> set;
    REQUIRE_FALSE(set.add(handle, read, 1, Delivery::edge));
    CHECK(set.something() == told({{1, read}}));
    CHECK(set.next().empty());
    writeBytes(pairs[0].peer.get(), 1);
    CHECK(set.something() == told({{1, read}}));
    CHECK(set.next().empty());
    CHECK_FALSE(set.modify(handle, read));
    CHECK(set.something() == told({{1, read}}));
    CHECK(set.next().empty());
    readAll(handle);
    CHECK_FALSE(set.modify(handle, read));
    CHECK(set.next().empty());
    CHECK_FALSE(set.modify(handle, read | write));
    CHECK(set.something() == told({{1, write}}));
    CHECK(set.next().empty());
}

TEMPLATE_TEST_CASE("E6 the end of a stream is an edge, too", "[event_set]", POLLEROS_REAL_BACKENDS) {
    if (!can<TestType>(Capability::edge)) {
        GATE(TestType::name(), "no edges");
    }
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1, Delivery::edge));
    writeBytes(pair.peer.get(), 1);
    CHECK(set.something() == told({{1, read}}));
    halfClose(pair.peer.get());
    CHECK(set.something() == told({{1, read | hangup}}));
    CHECK(set.next().empty());
    CHECK_FALSE(set.modify(pair.ours.get(), read));
    CHECK(set.something() == told({{1, read | hangup}}));
}

} // namespace polleros_test
