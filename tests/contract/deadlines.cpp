// SPDX-License-Identifier: MIT
// T8-T12, DL1-DL6: a deadline is part of what a source wants.
#include "support/allocations.hpp"
#include "support/bench.hpp"

#include <algorithm>
#include <random>

namespace polleros_test {

namespace {

template <class TheBench>
auto& timer(TheBench& bench, std::uint64_t number, polleros::TimePoint due) {
    auto& channel = bench.attach(number, {polleros::invalidHandle, {}});
    channel.source().due = due;
    return channel;
}

} // namespace

TEMPLATE_TEST_CASE("T8 a deadline that is left in the past is reported once, and waits then block",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    const auto due = bench.poller.now() + 10ms;
    channel.source().due = due;
    const auto result = bench.wait(10s);
    CHECK(bench.poller.now() >= due);
    CHECK_FALSE(result.timedOut); // only the wait's own
    CHECK(result.triggers == Triggers{timeout});
    CHECK(result.channels == 1);
    for (auto& reported : bench.poller.triggered()) {
        CHECK(reported.act() == Triggers{timeout});
    }
    bench.checkQuiet(30ms);
    channel.touch();
    bench.checkQuiet(10ms);
    channel.source().due = due - 1ms; // another value, in the past too: at once, and once
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    channel.source().due = due; // and back
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    bench.checkQuiet(10ms);
    channel.source().due = polleros::noDeadline;
    bench.checkQuiet(10ms);
    channel.source().due = due;
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    ends->peerWrite(1); // the rest is as ever
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(bench.poller.stats().deadlines == 4);
}

TEMPLATE_TEST_CASE("T8 a deadline already past when first seen is reported at once, also by a wait that polls",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    for (const auto due :
         {bench.poller.now(), bench.poller.now() - 1h, polleros::TimePoint{}, polleros::TimePoint::min()}) {
        timer(bench, 1, due);
        CHECK(bench.only(1) == Triggers{timeout});
        CHECK(bench.next().empty());
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    }
}

TEMPLATE_TEST_CASE("T9 who moves the deadline when data comes never sees it; who does not sees it in the next wait",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    // Data and deadline in one wait: only data is told.
    ends->peerWrite(1);
    channel.source().due = bench.poller.now() - 1ms;
    CHECK(bench.only(1, 10s) == Triggers{recv});
    channel.source().due = bench.poller.now() + 1h; // served: moved
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(bench.only(1) == Triggers{recv});
    // Not moved: held back once, whatever else the next wait brings, a flood included.
    const auto past = bench.poller.now() - 1ms;
    channel.source().due = past;
    CHECK(bench.only(1, 10s) == Triggers{recv});
    CHECK(bench.only(1, 10s) == (recv | timeout));
    CHECK(bench.only(1, 10s) == Triggers{recv});
    // Held back, and nothing else any more: the next wait does not block.
    channel.source().due = past - 1ms;
    CHECK(bench.only(1) == Triggers{recv});
    ends->readAll();
    CHECK(bench.only(1, Timeout::never()) == Triggers{timeout});
    // Held back, and then moved or given up.
    ends->peerWrite(1);
    channel.source().due = past - 2ms;
    CHECK(bench.only(1) == Triggers{recv});
    channel.source().due = polleros::noDeadline;
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(bench.only(1) == Triggers{recv});
}

TEMPLATE_TEST_CASE("T9 a handler that moves another's deadline takes its report away", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    timer(bench, 1, bench.poller.now() - 1ms);
    timer(bench, 2, bench.poller.now() - 1ms);
    CHECK(bench.wait(10s).channels == 2);
    int reached = 0;
    for (auto& channel : bench.poller.triggered()) {
        bench.channel(3 - static_cast<std::uint64_t>(channel.number())).source().due = bench.poller.now() + 1h;
        ++reached;
    }
    CHECK(reached == 1);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("T10 a source without handle and intent is a timer: never early, in order", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto start = bench.poller.now();
    const std::vector<int> order{5, 3, 9, 1, 7, 2, 8, 4, 6};
    for (const int step : order) {
        timer(bench, static_cast<std::uint64_t>(step), start + step * 3ms);
    }
    std::uint64_t expected = 1;
    while (expected <= 9) {
        for (const Report& report : bench.next(Timeout::never())) {
            CHECK(report.number == expected);
            CHECK(report.act == Triggers{timeout});
            CHECK(bench.poller.now() >= start + expected * 3ms);
            ++expected;
        }
    }
    CHECK(bench.poller.stats().kernelWaits <= 2 * 9U + 9U); // one wait each, not a spin
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("T10 the wait's own timeout and a deadline: whichever comes first ends it", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    auto& channel = timer(bench, 1, bench.poller.now() + 20ms);
    const auto result = bench.wait(5ms);
    CHECK(result.timedOut);
    CHECK(result.channels == 0);
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    // A deadline that was moved later meanwhile ends no wait.
    channel.source().due = bench.poller.now() + 5ms;
    bench.wait();
    channel.source().due = bench.poller.now() + 1h;
    bench.checkQuiet(20ms);
    // One that was moved earlier does.
    channel.source().due = bench.poller.now() + 10ms;
    const auto before = bench.poller.now();
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    CHECK(bench.poller.now() - before < 10ms + slack);
}

TEMPLATE_TEST_CASE("T10 waitTime is the time as the wait has read it", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto first = bench.poller.waitTime(); // before any wait
    CHECK(first <= bench.poller.now());
    const auto before = bench.poller.now();
    bench.wait(5ms);
    CHECK(bench.poller.waitTime() >= before + 5ms);
    const auto read = bench.poller.waitTime();
    CHECK(read <= bench.poller.now());
    CHECK(read == bench.poller.waitTime());
}

TEMPLATE_TEST_CASE("T11 a hundred thousand deadlines in one instant are all reported, and starve no kernel event",
                   "[contract][slow]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    constexpr std::uint64_t count = sanitized ? 10'000 : 100'000;
    polleros::Options options;
    options.maxEvents = 64;
    typename Bench<TestType>::Poller poller(options);
    World<TestType> world(poller.backend());
    const EndsPtr ends = world.ends();
    poller.attachChannel(ChannelNumber{count}, typename TestType::Source(ends->handle(), recv));
    const auto due = poller.now() - 1ms;
    for (std::uint64_t number = 0; number < count; ++number) {
        typename TestType::Source source(polleros::invalidHandle, {});
        source.due = due;
        poller.attachChannel(ChannelNumber{number}, std::move(source));
    }
    ends->peerWrite(1);
    std::vector<char> seen(count, 0);
    std::uint64_t expired = 0;
    std::size_t waits = 0;
    // A scan of all these before every wait is what a source pays that does not say it is local.
    const std::size_t most = TestType::locality == Locality::scanned ? 20 : count;
    for (; expired < count && waits < most; ++waits) {
        const auto result = poller.waitTriggers(10s);
        REQUIRE(result.channels == 65); // the deadlines' own limit, and the event beside them
        for (auto& channel : poller.triggered()) {
            const auto number = static_cast<std::size_t>(channel.number());
            if (number < count) {
                REQUIRE(std::exchange(seen[number], 1) == 0);
                ++expired;
            }
        }
        if (count - expired < 64) {
            break;
        }
    }
    CHECK(expired >= std::min<std::uint64_t>(waits * 64, count - 64));
}

TEMPLATE_TEST_CASE("T12 a deadline moved later costs no heap operation, no allocation and no wakeup",
                   "[contract][slow]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const EndsPtr ends = bench.world.ends();
    constexpr std::uint64_t timers = 100;
    std::vector<typename Bench<TestType>::Channel*> channels;
    const auto start = bench.poller.now();
    for (std::uint64_t number = 0; number < timers; ++number) {
        channels.push_back(&timer(bench, number, start + 1h));
    }
    bench.wait();
    const auto waitsBefore = bench.poller.stats().kernelWaits;
    constexpr int rounds = sanitized ? 500 : 10'000; // a million moves in all
    if constexpr (!TestType::real) {
        bench.poller.backend().keepCalls(0);
    }
    std::size_t allocated = 0;
    std::size_t reported = 0;
    {
        const AllocationCount count;
        std::error_code ec;
        for (int round = 1; round <= rounds; ++round) {
            for (auto* const channel : channels) {
                channel->source().due = start + 1h + std::chrono::milliseconds(round);
            }
            reported += bench.poller.waitTriggers(Timeout::immediately(), ec).channels;
        }
        allocated = count.allocations();
    }
    CHECK(allocated == 0);
    CHECK(reported == 0);
    CHECK(bench.poller.stats().kernelWaits == waitsBefore + rounds);
    CHECK(bench.poller.stats().deadlines == 0);
}

namespace {

template <class TheSetting>
void compareDeadlinesWithModel() {
    Bench<TheSetting> bench(Variants::few);
    std::mt19937 random(11);
    std::map<std::uint64_t, polleros::TimePoint> model; // due, and not told yet
    const auto start = bench.poller.now();
    for (std::uint64_t number = 0; number < 30; ++number) {
        timer(bench, number, polleros::noDeadline);
    }
    const auto some = [&] { return std::chrono::milliseconds(random() % 50); };
    for (int turn = 0; turn < 3000; ++turn) {
        for (int change = 0; change < 5; ++change) {
            const std::uint64_t number = random() % 30;
            auto& channel = bench.channel(number);
            switch (random() % 4) {
            case 0: channel.source().due = polleros::noDeadline; break;
            case 1:
                CHECK(bench.poller.deleteChannel(ChannelNumber{number}));
                timer(bench, number, bench.poller.now() + some());
                break;
            default: channel.source().due = bench.poller.now() + some() + std::chrono::nanoseconds(turn); break;
            }
            model[number] = bench.channel(number).peek().due;
        }
        for (const Report& report : bench.next(some())) {
            REQUIRE(report.act == Triggers{timeout});
            const auto told = model.find(report.number);
            REQUIRE(told != model.end()); // not a second time
            REQUIRE(told->second <= bench.poller.now());
            model.erase(told);
        }
    }
    for (int turn = 0; turn < 60; ++turn) {
        for (const Report& report : bench.next(10ms)) {
            model.erase(report.number);
        }
    }
    for (const auto& [number, due] : model) {
        CAPTURE(number, (due - start).count());
        CHECK(due == polleros::noDeadline);
    }
}

} // namespace

TEST_CASE("DL4 deadlines against a model: none early, none lost, none twice", "[contract]") {
    SECTION("of sources that are local") {
        compareDeadlinesWithModel<ScriptedLocal>();
    }
    SECTION("of sources that are asked every time") {
        compareDeadlinesWithModel<LikePollScanned>();
    }
}

} // namespace polleros_test
