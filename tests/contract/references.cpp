// SPDX-License-Identifier: MIT
// Who owns what: references, farewells, what a refused attach and a throwing move leave behind, picked numbers.
#include "support/bench.hpp"

#include <algorithm>
#include <random>

namespace polleros_test {

namespace {

// A source whose k-th move throws.
struct Fragile {
    static inline int movesLeft = -1; // until one throws; negative: none does
    static inline int alive = 0;

    polleros::NativeHandle at;
    Triggers wanted;

    Fragile(polleros::NativeHandle handle, Triggers intent) : at(handle), wanted(intent) { ++alive; }
    Fragile(Fragile&& other) : at(other.at), wanted(other.wanted) {
        if (movesLeft == 0) {
            movesLeft = -1;
            throw std::runtime_error("does not move");
        }
        movesLeft -= movesLeft > 0 ? 1 : 0;
        other.wanted = {};
        ++alive;
    }
    Fragile& operator=(Fragile&&) = delete;
    ~Fragile() { --alive; }

    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
};

} // namespace

TEMPLATE_TEST_CASE("N14 detachChannel gives back the live source, which another poller takes", "[contract][exact]",
                   POLLEROS_TEST_SETTINGS) {
    int deaths = 0;
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    typename TestType::Source mine(ends->handle(), recv);
    mine.whenDestroyed = atDestruction([&] { ++deaths; });
    auto& channel = bench.attach(1, std::move(mine));
    const auto ref = channel.ref();
    bench.wait();
    bench.world.resetCounts();
    std::error_code ec;
    auto source = bench.poller.detachChannel(ref, ec);
    REQUIRE(source.has_value());
    CHECK_FALSE(ec);
    CHECK(deaths == 0);
    CHECK(source->wanted == Triggers{recv});
    CHECK_FALSE(static_cast<bool>(ref));
    CHECK(bench.poller.size() == 0);
    CHECK(bench.world.removes() == (TestType::countsChanges ? 1U : 0U));
    ends->peerWrite(1);
    CHECK(bench.next().empty());
    bench.attach(2, std::move(*source)); // the same poller, or another one: see handover.cpp
    CHECK(bench.only(2) == Triggers{recv});
    auto again = bench.poller.detachChannel(ChannelNumber{2}); // the throwing twin
    CHECK(again.has_value());
    CHECK(deaths == 0);
    again.reset();
    source.reset();
    CHECK(deaths == 1);
    CHECK_FALSE(bench.poller.detachChannel(ChannelNumber{2}).has_value());
}

TEMPLATE_TEST_CASE("N24 an attach that fails leaves the caller's source as it was", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    int deaths = 0;
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr taken = bench.world.ends();
    bench.attach(1, taken, recv);
    const auto checkKept = [&](ChannelNumber number, polleros::NativeHandle handle, Triggers intent, Errc expected) {
        typename TestType::Source source(handle, intent);
        source.whenDestroyed = atDestruction([&] { ++deaths; });
        std::error_code ec;
        CHECK(bench.poller.attachChannel(number, std::move(source), ec) == nullptr);
        CHECK(ec == expected);
        CHECK(source.whenDestroyed.use_count() == 1); // not moved from
        CHECK(deaths == 0);
        if (number != ChannelNumber{1}) {
            CHECK_THROWS_AS(bench.poller.attachChannel(number, std::move(source)), std::system_error);
            CHECK(source.whenDestroyed.use_count() == 1);
        }
        CHECK(bench.poller.size() == 1);
        CHECK(bench.world.registered().value_or(1) == 1);
        source.whenDestroyed.reset();
        CHECK(std::exchange(deaths, 0) == 1);
    };
    checkKept(ChannelNumber{1}, ends->handle(), recv, Errc::alreadyAttached);
    checkKept(ChannelNumber{2}, taken->handle(), recv, Errc::alreadyAttached);
    checkKept(ChannelNumber{2}, bench.world.closedHandle(), recv, Errc::badHandle);
    checkKept(ChannelNumber{std::uint64_t{1} << 63U}, ends->handle(), recv, Errc::reservedNumber);
    checkKept(ChannelNumber{~std::uint64_t{0}}, ends->handle(), recv, Errc::reservedNumber);
}

TEMPLATE_TEST_CASE("N26 a ChannelRef is false once its channel is gone, and touches", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    using Ref = typename Bench<TestType>::Poller::Ref;
    STATIC_REQUIRE(sizeof(Ref) <= 16);
    STATIC_REQUIRE(std::is_trivially_copyable_v<Ref>);
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    const EndsPtr another = bench.world.ends();
    auto& channel = bench.attach(1, ends, {});
    const Ref nobody;
    const Ref ref = channel.ref();
    const Ref copy = ref;
    CHECK_FALSE(static_cast<bool>(nobody));
    CHECK(static_cast<bool>(ref));
    CHECK(ref == copy);
    CHECK_FALSE(ref == nobody);
    CHECK(ref.number() == ChannelNumber{1});
    CHECK(bench.poller.find(ref) == &channel);
    CHECK(bench.poller.find(nobody) == nullptr);
    nobody.touch(); // of nobody
    ends->peerWrite(1);
    CHECK(bench.next().empty());
    ref->wanted = recv; // touches
    CHECK(bench.only(1) == Triggers{recv});
    ref->at = another->handle(); // survives a replaced handle
    another->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(static_cast<bool>(ref));
    CHECK(ref == channel.ref());
    channel.markForDeletion();
    CHECK(static_cast<bool>(ref)); // until it is deleted
    bench.poller.deleteMarked();
    CHECK_FALSE(static_cast<bool>(ref));
    CHECK(bench.poller.find(ref) == nullptr);
    auto& next = bench.attach(1, ends, recv); // the same number, and the same place
    CHECK(&next == &channel);
    CHECK_FALSE(static_cast<bool>(ref));
    CHECK_FALSE(ref == next.ref());
    CHECK_FALSE(bench.poller.deleteChannel(ref));
    ref.touch();
    CHECK(bench.poller.size() == 1);
}

TEMPLATE_TEST_CASE("N26 of sources that die with their poller none reaches another that is dead already", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    std::vector<typename Bench<TestType>::Poller::Ref> refs;
    std::vector<std::ptrdiff_t> reachable;
    {
        Bench<TestType> bench(Variants::one);
        for (std::uint64_t number = 0; number < 3; ++number) {
            typename TestType::Source source(polleros::invalidHandle, {});
            source.whenDestroyed = atDestruction([&] {
                reachable.push_back(std::count_if(refs.begin(), refs.end(), [](const auto& ref) { return bool(ref); }));
            });
            refs.push_back(bench.attach(number, std::move(source)).ref());
        }
    }
    CHECK(reachable == std::vector<std::ptrdiff_t>{2, 1, 0});
}

TEMPLATE_TEST_CASE("N27 after its deletion nothing is reported of a channel, whoever floods it", "[contract][unswept]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few, 2);
    std::mt19937 random(7);
    std::vector<EndsPtr> ends;
    std::map<ChannelNumber, std::size_t> alive; // which ends each has
    std::uint64_t next = 0;
    const auto attach = [&](std::size_t index) {
        bench.attach(next, ends[index], recv | send);
        alive[ChannelNumber{next++}] = index;
    };
    for (std::size_t index = 0; index < 40; ++index) {
        ends.push_back(bench.world.ends());
        ends.back()->peerWrite(1);
        attach(index);
    }
    std::size_t wrong = 0;
    for (int turn = 0; turn < 300; ++turn) {
        bench.wait();
        for (auto& channel : bench.poller.triggered()) {
            wrong += alive.count(channel.number()) == 0 ? 1U : 0U;
            const auto victim = std::next(alive.begin(), static_cast<std::ptrdiff_t>(random() % alive.size()));
            const std::size_t index = victim->second;
            auto* const gone = bench.poller.find(victim->first);
            if (random() % 3 == 0 && gone != nullptr) {
                const bool marks = random() % 2 == 0;
                marks ? static_cast<void>(gone->markForDeletion())
                      : static_cast<void>(bench.poller.deleteChannel(*gone));
                alive.erase(victim);
                attach(index); // the same handle, under another name, inside the iteration
            }
        }
        if (turn % 5 == 0) {
            bench.poller.deleteMarked();
        }
    }
    CHECK(wrong == 0);
    bench.poller.deleteMarked();
    CHECK(bench.poller.size() == alive.size());
    CHECK(bench.sweep().size() == alive.size());
    const std::size_t filters = TestType::isKqueue ? 2 : 1;
    CHECK(bench.world.registered().value_or(40 * filters) == 40 * filters);
}

TEMPLATE_TEST_CASE("N32 picked numbers never come twice, and no user may choose one", "[contract][slow]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    ChannelNumber last{std::uint64_t{1} << 63U};
    bool fine = true;
    constexpr int count = sanitized ? 50'000 : 1'000'000;
    auto& first = bench.poller.attachChannel(typename TestType::Source(polleros::invalidHandle, {}));
    const ChannelNumber kept = first.number();
    for (int turn = 0; turn < count; ++turn) {
        auto& channel = bench.poller.attachChannel(typename TestType::Source(polleros::invalidHandle, {}));
        // Draws are ordered, and the place in the low bits is the same all the time.
        fine = fine && polleros::isPicked(channel.number()) && channel.number() > last &&
               bench.poller.find(channel.number()) == &channel && bench.poller.find(last) == nullptr;
        last = channel.number();
        bench.poller.deleteChannel(last);
    }
    CHECK(fine);
    CHECK(bench.poller.find(kept) == &first);
    CHECK(bench.poller.size() == 1);
    CHECK(bench.refusal(std::uint64_t{1} << 63U, polleros::invalidHandle, {}) == Errc::reservedNumber);
    CHECK(bench.refusal(static_cast<std::uint64_t>(kept), polleros::invalidHandle, {}) == Errc::reservedNumber);
    bench.attach((std::uint64_t{1} << 63U) - 1, {polleros::invalidHandle, {}}); // the largest of the user's
    bench.attach(0, {polleros::invalidHandle, {}});                             // and the smallest
}

TEMPLATE_TEST_CASE("N32 a picked number survives a replaced handle", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.poller.attachChannel(typename TestType::Source(polleros::invalidHandle, recv));
    const ChannelNumber number = channel.number();
    channel.source().at = ends->handle();
    ends->peerWrite(1);
    CHECK(bench.only(static_cast<std::uint64_t>(number)) == Triggers{recv});
    CHECK(bench.poller.find(number) == &channel);
    bench.poller.attachChannel(typename TestType::Source(polleros::invalidHandle, {}));
    CHECK(bench.poller.find(number) == &channel);
}

TEMPLATE_TEST_CASE("N33 a farewell gets number and source of what is gone already; if it throws, the rest stay marked",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    int deaths = 0;
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        ends.push_back(bench.world.ends());
        typename TestType::Source source(ends.back()->handle(), recv);
        source.whenDestroyed = atDestruction([&] { ++deaths; });
        bench.attach(number, std::move(source)).markForDeletion();
    }
    std::vector<std::uint64_t> gone;
    const auto farewell = [&](ChannelNumber number, typename TestType::Source&& source) {
        gone.push_back(static_cast<std::uint64_t>(number));
        CHECK(source.at.number == ends[static_cast<std::size_t>(gone.back() - 1)]->handle());
        CHECK(bench.poller.find(number) == nullptr);
        CHECK(deaths == static_cast<int>(gone.size()) - 1); // not yet this one
        if (number == ChannelNumber{2}) {
            throw std::runtime_error("a farewell's own");
        }
    };
    CHECK_THROWS_AS(bench.poller.deleteMarked(farewell), std::runtime_error);
    CHECK(gone == std::vector<std::uint64_t>{1, 2}); // in the order of their marks
    CHECK(deaths == 2);
    CHECK(bench.poller.size() == 1);
    CHECK(bench.channel(3).isMarked());
    bench.wait(); // may wait again
    CHECK(bench.poller.deleteMarked(farewell) == 1);
    CHECK(deaths == 3);
    bench.attach(1, ends[0], recv);
    ends[0]->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
}

TEMPLATE_TEST_CASE("N33 a group is deleted with its farewell; unknown ones are skipped", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 5; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
    }
    const auto ref = bench.channel(3).ref();
    std::vector<std::uint64_t> gone;
    const std::vector<ChannelNumber> group{ChannelNumber{1}, ChannelNumber{99}, ChannelNumber{2}, ChannelNumber{1}};
    CHECK(bench.poller.deleteGroup(group, [&](ChannelNumber number, typename TestType::Source&&) {
        gone.push_back(static_cast<std::uint64_t>(number));
        bench.poller.deleteChannel(ChannelNumber{5}); // may do what handlers may
    }) == 2);
    CHECK(gone == std::vector<std::uint64_t>{1, 2});
    CHECK(bench.poller.deleteGroup(std::vector{ref, ref}) == 1);
    CHECK(bench.poller.deleteGroup({bench.channel(4), ref}) == 1);
    CHECK(bench.poller.deleteGroup(std::vector<ChannelNumber>{}) == 0);
    CHECK(bench.poller.size() == 0);
}

TEMPLATE_TEST_CASE("N34 a source whose move throws is not attached, and nothing has changed", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    using FragilePoller = polleros::Poller<typename TestType::Backend, Fragile>;
    Bench<TestType> bench(Variants::few); // for its variants, and its world
    for (const Triggers intent : {Triggers{recv}, Triggers{}}) {
        FragilePoller poller(bench.variant().options);
        World<TestType> world(poller.backend());
        const EndsPtr ends = world.ends();
        std::error_code ec;
        Fragile source(ends->handle(), intent);
        Fragile::movesLeft = 0;
        CHECK(poller.attachChannel(ChannelNumber{1}, std::move(source), ec) == nullptr);
        CHECK(ec == Errc::sourceThrew);
        CHECK(poller.size() == 0);
        CHECK(poller.find(ChannelNumber{1}) == nullptr);
        CHECK(world.registered().value_or(0) == 0);
        CHECK(source.wanted == intent);
        CHECK(poller.attachChannel(ChannelNumber{1}, std::move(source), ec) != nullptr);
        CHECK(Fragile::alive == 2);

        Fragile::movesLeft = 0; // out again: the guarantee is that it is still attached
        CHECK_FALSE(poller.detachChannel(ChannelNumber{1}, ec).has_value());
        CHECK(ec == Errc::sourceThrew);
        CHECK(poller.size() == 1);
        Fragile::movesLeft = 1; // one move is all it may take
        const auto detached = poller.detachChannel(ChannelNumber{1}, ec);
        Fragile::movesLeft = -1;
        CHECK(detached.has_value() == (poller.size() == 0));
        CHECK(poller.size() == 0);
    }
    CHECK(Fragile::alive == 0);
}

} // namespace polleros_test
