// SPDX-License-Identifier: MIT
// E5, E7: adding, modifying and removing, and what cannot be.
#include "set.hpp"

#include <algorithm>
#include <vector>

namespace polleros_test {

TEMPLATE_TEST_CASE("E5 a handle is added once", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    CHECK_FALSE(set.add(pair.ours.get(), read, 1));
    CHECK(set.add(pair.ours.get(), write, 2) == Errc::alreadyAttached);
    CHECK(set.size() == 1);
    CHECK(set.next().empty()); // it still asks for what it did
    CHECK(set.remove(pair.ours.get()));
    CHECK_FALSE(set.add(pair.ours.get(), write, 3));
    CHECK(set.something() == told({{3, write}}));
    CHECK(set.handles() == std::vector{pair.ours.get()});
}

TEMPLATE_TEST_CASE("E5 who is not there cannot be modified, and is removed without ado", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    CHECK(set.modify(pair.ours.get(), read) == Errc::notFound);
    CHECK(set.modify(pair.ours.get(), read, 5) == Errc::notFound);
    CHECK(set.addEvents(pair.ours.get(), read) == Errc::notFound);
    CHECK(set.removeEvents(pair.ours.get(), read) == Errc::notFound);
    CHECK_FALSE(set.remove(pair.ours.get()));
    CHECK_FALSE(set.remove(polleros::invalidHandle));
    CHECK(set.modify(polleros::invalidHandle, read) == Errc::notFound);
    CHECK(set.size() == 0);
    CHECK(set.handles().empty());
}

TEMPLATE_TEST_CASE("E5 what no kernel can wait for is refused, and nothing has changed", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    CHECK(set.add(polleros::invalidHandle, read) == Errc::badHandle);
    Fd closed = freshTcp();
    const NativeHandle number = closed.get();
    closed.close();
    CHECK(set.add(number, read) == Errc::badHandle);
    for (const Fd& file : unwaitables()) {
        CHECK(set.add(file.get(), read));
    }
    CHECK(set.size() == 0);
    CHECK(set.next().empty());
}

TEMPLATE_TEST_CASE("E5 a changed mask is exact", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    static_cast<void>(pollFor(pair.ours.get(), readable, 5000));
    REQUIRE_FALSE(set.add(pair.ours.get(), read | write, 1));
    CHECK(set.something() == told({{1, read | write}}));
    CHECK_FALSE(set.removeEvents(pair.ours.get(), write));
    CHECK(set.something() == told({{1, read}}));
    CHECK_FALSE(set.addEvents(pair.ours.get(), write));
    CHECK(set.something() == told({{1, read | write}}));
    CHECK_FALSE(set.removeEvents(pair.ours.get(), read));
    CHECK(set.something() == told({{1, write}}));
    CHECK_FALSE(set.modify(pair.ours.get(), read));
    CHECK(set.something() == told({{1, read}}));
    CHECK_FALSE(set.modify(pair.ours.get(), {}));
    CHECK(set.next().empty());
    CHECK_FALSE(set.modify(pair.ours.get(), read | write, 7));
    CHECK(set.something() == told({{7, read | write}}));
}

TEMPLATE_TEST_CASE("E5 a change that cannot be leaves all as it was", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1));
    if (!can<TestType>(Capability::priority)) {
        CHECK(set.modify(pair.ours.get(), read | priority, 2) == Errc::unsupportedTrigger);
    }
    if (!can<TestType>(Capability::edge)) {
        const FdPair other = makePair(PairKind::tcp);
        CHECK(set.add(other.ours.get(), read, 3, Delivery::edge) == Errc::unsupportedTrigger);
        CHECK(set.size() == 1);
    }
    CHECK(set.something() == told({{1, read}}));
}

TEMPLATE_TEST_CASE("E5 an event tells whether its registration is still there", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), write, 1));
    CHECK(set.something() == told({{1, write}}));
    const auto event = set.batch()[0];
    CHECK(set.current(event));
    CHECK(set.remove(pair.ours.get()));
    CHECK_FALSE(set.current(event));
    REQUIRE_FALSE(set.add(pair.ours.get(), write, 2));
    CHECK_FALSE(set.current(event));
    CHECK(set.something() == told({{2, write}}));
    CHECK(set.current(set.batch()[0]));
}

TEMPLATE_TEST_CASE("E5 a handle that was closed unremoved is told once, and its number is free", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle number = pair.ours.get();
    REQUIRE_FALSE(set.add(number, read, 1));
    pair.ours.close();
    SECTION("who modifies it learns of it, and it is gone") {
        if (const std::error_code ec = set.modify(number, read | write); !ec) { // only a wait shows it
            CHECK(set.something() == told({{1, polleros::EventFlag::error}}));
        } else {
            CHECK(ec == Errc::badHandle);
        }
        CHECK(set.size() == 0);
        CHECK(set.next().empty());
    }
    SECTION("who removes it is not told") {
        CHECK(set.remove(number));
        CHECK(set.next().empty());
    }
    SECTION("somebody else has its number") {
        FdPair other = makePair(PairKind::tcp);
        other.ours = forceFdNumber(std::move(other.ours), number);
        const std::error_code ec = set.add(number, write, 2);
        if (ec) { // no kernel says that the old one is gone
            CHECK(ec == Errc::alreadyAttached);
            CHECK(set.remove(number));
            REQUIRE_FALSE(set.add(number, write, 2));
        }
        ToldEvents all;
        for (int turn = 0; turn < 3; ++turn) {
            for (const auto& [who, what] : set.something()) {
                all[who] |= what;
            }
        }
        CHECK(all[2] == Events(write).bits());
        CHECK((all[1] & ~unsigned{Events(polleros::EventFlag::error).bits()}) == 0);
        CHECK(set.size() == 1);
        CHECK(set.remove(number));
        CHECK(set.size() == 0);
    }
}

TEMPLATE_TEST_CASE("E5 a closed handle that waits for room is in the set, but not its number", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    if (!TestType::isPoll) {
        GATE(TestType::name(), "its kernel does not tell of closed handles");
    }
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle number = pair.ours.get();
    REQUIRE_FALSE(set.add(number, read, 1));
    pair.ours.close();
    std::error_code ec;
    CHECK(set.wait(std::span<typename Set<TestType>::Event>(), Timeout::immediately(), ec).channels == 0);
    CHECK(set.size() == 1);
    SECTION("who removes it is not told") {
        CHECK(set.remove(number));
        CHECK_FALSE(set.remove(number));
        CHECK(set.next().empty());
    }
    SECTION("who modifies it learns of it, and it is gone") {
        CHECK(set.modify(number, read | write) == Errc::badHandle);
        CHECK(set.modify(number, read | write) == Errc::notFound);
        CHECK(set.next().empty());
    }
    SECTION("it is told nothing of whoever has its number, and does not stand in the way") {
        FdPair other = makePair(PairKind::tcp);
        other.ours = forceFdNumber(std::move(other.ours), number);
        writeBytes(other.peer.get(), 1);
        static_cast<void>(pollFor(number, readable, 5000));
        SECTION("which is not in the set") {
            CHECK(set.something() == told({{1, polleros::EventFlag::error}}));
        }
        SECTION("which is in the set") {
            REQUIRE_FALSE(set.add(number, read, 2));
            CHECK(set.something() == told({{1, polleros::EventFlag::error}, {2, read}}));
            CHECK(set.remove(number));
        }
        SECTION("which was in the set") {
            REQUIRE_FALSE(set.add(number, read, 2));
            CHECK(set.remove(number));
            CHECK(set.something() == told({{1, polleros::EventFlag::error}}));
        }
        CHECK(set.next().empty());
    }
    CHECK(set.size() == 0);
}

TEMPLATE_TEST_CASE("E5 who has lost its number is told so once and is gone, whatever it was told before", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle number = pair.ours.get();
    REQUIRE_FALSE(set.add(number, read, 1));
    pair.peer.close();
    CHECK(set.something() == told({{1, read | hangup}})); // of which it is asked no more from now on
    pair.ours.close();
    FdPair other = makePair(PairKind::tcp);
    other.ours = forceFdNumber(std::move(other.ours), number);
    if (const std::error_code ec = set.add(number, write, 2)) { // no kernel says that the old one is gone
        CHECK(ec == Errc::alreadyAttached);
        return;
    }
    SECTION("while somebody has it") {
        CHECK(set.something() == told({{1, polleros::EventFlag::error}, {2, write}}));
        CHECK(set.size() == 1);
        CHECK(set.something() == told({{2, write}}));
    }
    SECTION("when nobody has it") {
        CHECK(set.remove(number));
        CHECK(set.size() == 1);
        SECTION("and nobody removes it") {
            CHECK(set.something() == told({{1, polleros::EventFlag::error}}));
        }
        SECTION("and somebody removes it, too") {
            CHECK(set.remove(number));
        }
        CHECK(set.size() == 0);
        CHECK(set.next().empty());
    }
}

TEMPLATE_TEST_CASE("E5 there may be a limit of handles", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set({.maxHandles = 2});
    CHECK(set.maxHandles() == 2);
    const FdPair one = makePair(PairKind::tcp);
    const FdPair two = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(one.ours.get(), read));
    REQUIRE_FALSE(set.add(one.peer.get(), read));
    CHECK(set.add(two.ours.get(), read) == Errc::sequenceExhausted);
    set.maxHandles(3);
    CHECK_FALSE(set.add(two.ours.get(), read));
    set.maxHandles(0);
    CHECK_FALSE(set.add(two.peer.get(), read));
    CHECK(set.size() == 4);
    std::vector<NativeHandle> expected{one.ours.get(), one.peer.get(), two.ours.get(), two.peer.get()};
    std::vector<NativeHandle> handles = set.handles();
    std::sort(expected.begin(), expected.end());
    std::sort(handles.begin(), handles.end());
    CHECK(handles == expected);
}

TEMPLATE_TEST_CASE("E2 a set that could not be made says so at every call", "[event_set]", POLLEROS_REAL_BACKENDS) {
    std::error_code ec;
    const polleros::Memory none{[](void*, void*, std::size_t, std::size_t) -> void* { return nullptr; }};
    polleros::EventSetOptions options;
    options.poller.memory = none;
    polleros::EventSet<typename TestType::Backend> set(options, ec);
    CHECK(ec == Errc::outOfMemory);
    polleros::EventBatch<void*> batch;
    const FdPair pair = makePair(PairKind::tcp);
    CHECK(set.add(pair.ours.get(), read) == Errc::badPoller);
    CHECK(set.modify(pair.ours.get(), read) == Errc::badPoller);
    CHECK_FALSE(set.remove(pair.ours.get()));
    static_cast<void>(set.wait(batch, Timeout::never(), ec));
    CHECK(ec == Errc::badPoller);
    CHECK(set.size() == 0);
}

TEMPLATE_TEST_CASE("E7 adding and removing for ever costs nothing for ever", "[event_set][slow]",
                   POLLEROS_REAL_BACKENDS) {
    std::size_t allocations = 0;
    polleros::EventSetOptions options;
    options.poller.memory.context = &allocations;
    options.poller.memory.function = [](void* context, void* block, std::size_t bytes, std::size_t alignment) {
        *static_cast<std::size_t*>(context) += block == nullptr ? 1 : 0;
        return polleros::Memory{}.function(nullptr, block, bytes, alignment);
    };
    Set<TestType> set(options);
    const FdPair pair = makePair(PairKind::tcp);
    const auto cycles = [&](int count) {
        for (int cycle = 0; cycle < count; ++cycle) {
            CHECK_FALSE(set.add(pair.ours.get(), read, cycle));
            CHECK_FALSE(set.modify(pair.ours.get(), read | write));
            CHECK(set.remove(pair.ours.get()));
        }
    };
    cycles(10);
    const std::size_t before = allocations;
    cycles(sanitized || isTranslated() ? 500 : 20'000);
    CHECK(allocations == before);
    CHECK(set.next().empty());
}

} // namespace polleros_test
