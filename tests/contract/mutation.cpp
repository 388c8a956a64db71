// SPDX-License-Identifier: MIT
// M: what handlers may do to the poller while it hands out channels.
#include "support/bench.hpp"

#include <memory>

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("M1 a channel that deletes itself is not reported again", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::all, 2);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | send);
    ends->peerWrite(1);
    bench.wait();
    int reports = 0;
    for (auto& channel : bench.poller.triggered()) {
        ++reports;
        CHECK(channel.act() == (recv | send));
        CHECK(bench.poller.deleteChannel(channel));
        CHECK(channel.act().empty());
        // Its place is nobody else's while the iteration lasts: a handler may still hold the reference.
        auto& fresh = bench.attach(2, {polleros::invalidHandle, work});
        CHECK(&fresh != &channel);
        CHECK(channel.act().empty());
    }
    CHECK(reports == 1);
    CHECK(bench.sweep() == Told{{2, work}});
    CHECK(bench.poller.size() == 1);
}

TEMPLATE_TEST_CASE("M2 a channel deleted by an earlier one's handler is not reported", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv);
    bench.attach(2, other, recv);
    one->peerWrite(1);
    other->peerWrite(1);
    bench.wait();
    std::vector<std::size_t> reached;
    for (auto& channel : bench.poller.triggered()) {
        const auto number = static_cast<std::size_t>(channel.number());
        reached.push_back(number);
        CHECK(bench.poller.deleteChannel(ChannelNumber{3 - number}));
    }
    REQUIRE(reached.size() == 1);
    CHECK(bench.sweep() == Told{{reached[0], recv}});
}

TEMPLATE_TEST_CASE("M3 a channel attached in a handler first appears in a later wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr one = bench.world.ends();
    const EndsPtr fresh = bench.world.ends();
    bench.attach(1, one, recv);
    one->peerWrite(1);
    fresh->peerWrite(1);
    bench.wait();
    int reports = 0;
    for (auto& channel : bench.poller.triggered()) {
        ++reports;
        CHECK(channel.number() == ChannelNumber{1});
        bench.attach(2, fresh, recv | work);
    }
    CHECK(reports == 1);
    const auto told = bench.sweep();
    CHECK(told == Told{{1, recv}, {2, recv | work}});
}

TEMPLATE_TEST_CASE("M4 ten thousand channels attached in a handler disturb nobody", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends[3] = {bench.world.ends(), bench.world.ends(), bench.world.ends()};
    std::map<std::size_t, const void*> addresses;
    for (std::size_t number = 0; number < 3; ++number) {
        addresses[number] = &bench.attach(number, ends[number], recv);
        ends[number]->peerWrite(1);
    }
    std::size_t expected = bench.wait().channels;
    std::size_t reports = 0;
    for (auto& channel : bench.poller.triggered()) {
        ++reports;
        REQUIRE(static_cast<std::size_t>(channel.number()) < 3);
        CHECK(&channel == addresses[static_cast<std::size_t>(channel.number())]);
        if (reports == 1) {
            for (std::size_t number = 10; number < 10'010; ++number) {
                bench.poller.attachChannel(ChannelNumber{number},
                                           typename TestType::Source(polleros::invalidHandle, {}));
            }
        }
        CHECK(channel.act() == Triggers{recv});
        CHECK(channel.source().at == ends[static_cast<std::size_t>(channel.number())]->handle());
    }
    CHECK(reports == expected);
    CHECK(bench.poller.size() == 10'003);
    for (const auto& [number, address] : addresses) {
        CHECK(&bench.channel(number) == address);
    }
    Told told;
    for (int turn = 0; turn < 4; ++turn) {
        for (const Report& report : bench.next()) {
            told[report.number] |= report.act;
        }
    }
    CHECK(told == Told{{0, recv}, {1, recv}, {2, recv}});
}

TEMPLATE_TEST_CASE("M5 a number reused within the batch gets no event of its former owner", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    EndsPtr ends[2] = {bench.world.ends(), bench.world.ends()};
    const EndsPtr fresh = bench.world.ends(); // nobody writes to it
    for (std::size_t number = 0; number < 2; ++number) {
        ends[number]->renumber(bench.world.spareNumber());
        bench.attach(number, ends[number], recv);
        ends[number]->peerWrite(1);
    }
    bench.wait();
    std::vector<std::size_t> reached;
    for (auto& channel : bench.poller.triggered()) {
        const auto number = static_cast<std::size_t>(channel.number());
        reached.push_back(number);
        if (reached.size() == 1) {
            const std::size_t victim = 1 - number;
            const auto reused = ends[victim]->handle();
            CHECK(bench.poller.deleteChannel(ChannelNumber{victim}));
            ends[victim]->close();
            fresh->renumber(reused);
            bench.attach(9, fresh, recv);
        }
    }
    REQUIRE(reached.size() == 1);
    CHECK(bench.sweep() == Told{{reached[0], recv}});
    fresh->peerWrite(1);
    CHECK(bench.sweep() == Told{{reached[0], recv}, {9, recv}});
}

TEMPLATE_TEST_CASE("M6 a handler that deletes everything ends the iteration", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    std::vector<EndsPtr> ends;
    for (std::size_t number = 0; number < 5; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
        ends.back()->peerWrite(1);
    }
    bench.wait();
    int reports = 0;
    for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
        ++reports;
        bench.poller.deleteAll();
        CHECK(bench.poller.size() == 0);
    }
    CHECK(reports == 1);
    bench.checkQuiet(20ms);
    CHECK(bench.world.registered().value_or(0) == 0);
}

TEMPLATE_TEST_CASE("M7 a handler may destroy the owner of another channel", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    using Ref = typename Bench<TestType>::Poller::Ref;
    // What deletes its channel when it dies, as a session object would.
    const auto ownerOf = [&](Ref ref) {
        return atDestruction([&bench, ref] { CHECK(bench.poller.deleteChannel(ref)); });
    };
    const EndsPtr ends[2] = {bench.world.ends(), bench.world.ends()};
    std::shared_ptr<void> owners[2];
    for (std::size_t number = 0; number < 2; ++number) {
        owners[number] = ownerOf(bench.attach(number, ends[number], recv).ref());
        ends[number]->peerWrite(1);
    }
    bench.wait();
    std::vector<std::size_t> reached;
    for (auto& channel : bench.poller.triggered()) {
        reached.push_back(static_cast<std::size_t>(channel.number()));
        owners[1 - reached.back()].reset();
    }
    REQUIRE(reached.size() == 1);
    CHECK(bench.sweep() == Told{{reached[0], recv}});
    owners[reached[0]].reset();
    CHECK(bench.poller.size() == 0);
}

TEMPLATE_TEST_CASE("M7 a source that owns another channel takes it along", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends[2] = {bench.world.ends(), bench.world.ends()};
    for (std::size_t number = 0; number < 2; ++number) {
        typename TestType::Source source(ends[number]->handle(), recv);
        source.whenDestroyed =
            atDestruction([&bench, number] { bench.poller.deleteChannel(ChannelNumber{1 - number}); });
        bench.attach(number, std::move(source));
        ends[number]->peerWrite(1);
    }
    bench.wait();
    int reports = 0;
    for (auto& channel : bench.poller.triggered()) {
        ++reports;
        CHECK(bench.poller.deleteChannel(channel));
    }
    CHECK(reports == 1);
    CHECK(bench.poller.size() == 0);
    CHECK(bench.next().empty());
    CHECK(bench.world.registered().value_or(0) == 0);
}

} // namespace
} // namespace polleros_test
