// SPDX-License-Identifier: MIT
// F: a small buffer starves nobody.
#include "support/bench.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace polleros_test {

namespace {

// Waits needed until all of `number` ready channels have been reported.
template <class Poller>
std::size_t waitsUntilAllSeen(Poller& poller, std::size_t number) {
    std::set<ChannelNumber> seen;
    std::size_t waits = 0;
    for (; seen.size() < number && waits < 10 * number + 10; ++waits) {
        poller.waitTriggers(Timeout::immediately());
        for (auto& channel : poller.triggered()) {
            seen.insert(channel.number());
        }
    }
    return waits;
}

} // namespace

TEMPLATE_TEST_CASE("F1 of a hundred ready channels, three at a time, all are reported within 34 waits", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    polleros::Options options;
    options.initialEvents = 1;
    for (const std::size_t most : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{64}}) {
        options.maxEvents = most;
        typename Bench<TestType>::Poller poller(options);
        World<TestType> world(poller.backend());
        std::vector<EndsPtr> ends;
        for (std::uint64_t number = 0; number < 100; ++number) {
            ends.push_back(world.ends(Kind::notifier));
            ends.back()->peerWrite(1);
            poller.attachChannel(ChannelNumber{number}, typename TestType::Source(ends.back()->handle(), notify));
        }
        // The buffer starts at one and doubles: nobody's turn comes later than if it had been large from the start,
        // but for these few waits.
        const std::size_t warmUp = most == 1 ? 0 : most == 3 ? 2 : most == 7 ? 3 : 6;
        CAPTURE(most);
        CHECK(waitsUntilAllSeen(poller, 100) <= (100 + most - 1) / most + warmUp);
        for (int again = 0; again < 3; ++again) {
            CHECK(waitsUntilAllSeen(poller, 100) <= (100 + most - 1) / most);
        }
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == most); // never more than it was told
    }
}

TEMPLATE_TEST_CASE("F1 the turns survive channels that come, go and change their minds", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    polleros::Options options;
    options.initialEvents = options.maxEvents = 4;
    typename Bench<TestType>::Poller poller(options);
    World<TestType> world(poller.backend());
    std::vector<EndsPtr> ends;
    const auto attach = [&](std::uint64_t number) {
        ends.push_back(world.ends(Kind::notifier));
        ends.back()->peerWrite(1);
        poller.attachChannel(ChannelNumber{number}, typename TestType::Source(ends.back()->handle(), notify));
    };
    for (std::uint64_t number = 0; number < 40; ++number) {
        attach(number);
    }
    std::map<ChannelNumber, std::uint64_t> lastSeen;
    std::uint64_t longest = 0;
    std::mt19937 random(1);
    for (std::uint64_t turn = 1; turn <= 400; ++turn) {
        poller.waitTriggers(Timeout::immediately());
        for (auto& channel : poller.triggered()) {
            if (channel.number() < ChannelNumber{20}) { // these stay
                longest = std::max(longest, turn - lastSeen[channel.number()]);
                lastSeen[channel.number()] = turn;
            }
        }
        const ChannelNumber victim{20 + random() % 20};
        if (random() % 2 == 0 && poller.deleteChannel(victim)) {
            attach(static_cast<std::uint64_t>(victim));
        } else if (auto* const channel = poller.find(victim)) {
            channel->source().wanted = random() % 2 == 0 ? Triggers{notify} : Triggers{};
        }
    }
    CHECK(lastSeen.size() == 20);
    // Ten waits bring all forty around; who comes anew is told in turn too, so allow twice that.
    CHECK(longest <= 20);
}

TEMPLATE_TEST_CASE("F2 one that is always ready does not hold up fifty that are sometimes", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    polleros::Options options;
    options.initialEvents = options.maxEvents = 4;
    typename Bench<TestType>::Poller poller(options);
    World<TestType> world(poller.backend());
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 0; number <= 50; ++number) {
        ends.push_back(world.ends(Kind::notifier));
        poller.attachChannel(ChannelNumber{number}, typename TestType::Source(ends.back()->handle(), notify));
    }
    ends[0]->peerWrite(1);
    std::mt19937 random(2);
    for (int turn = 0; turn < 200; ++turn) {
        const std::size_t one = 1 + random() % 50;
        ends[one]->peerWrite(1);
        bool heard = false;
        for (int wait = 0; wait < 2 && !heard; ++wait) {
            poller.waitTriggers(Timeout::immediately());
            for (auto& channel : poller.triggered()) {
                const auto number = static_cast<std::size_t>(channel.number());
                if (number != 0) {
                    heard = number == one;
                    ends[number]->readAll();
                }
            }
        }
        REQUIRE(heard);
    }
}

TEMPLATE_TEST_CASE("F3 the buffer grows up to its limit, and not beyond", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    polleros::Options options;
    options.initialEvents = 2;
    options.maxEvents = 20;
    typename Bench<TestType>::Poller poller(options);
    World<TestType> world(poller.backend());
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 0; number < 50; ++number) {
        ends.push_back(world.ends(Kind::notifier));
        ends.back()->peerWrite(1);
        poller.attachChannel(ChannelNumber{number}, typename TestType::Source(ends.back()->handle(), notify));
    }
    std::size_t before = 0;
    for (int turn = 0; turn < 6; ++turn) {
        const std::size_t now = poller.waitTriggers(Timeout::immediately()).channels;
        CHECK(now >= before);
        CHECK(now <= 20);
        before = now;
    }
    CHECK(before == 20);
    // A limit of nothing is one of one.
    options.initialEvents = options.maxEvents = 0;
    typename Bench<TestType>::Poller smallest(options);
    World<TestType> otherWorld(smallest.backend());
    const EndsPtr end = otherWorld.ends(Kind::notifier);
    end->peerWrite(1);
    smallest.attachChannel(ChannelNumber{1}, typename TestType::Source(end->handle(), notify));
    CHECK(smallest.waitTriggers(Timeout::immediately()).channels == 1);
}

} // namespace polleros_test
