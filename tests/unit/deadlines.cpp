// SPDX-License-Identifier: MIT
// The lazy heap, seen through a core with an imaginary kernel. (What it promises: contract/deadlines.cpp.)
#include "support/catch.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/poller_core.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace std::chrono_literals;
using polleros::ChannelNumber;
using polleros::noDeadline;
using polleros::TimePoint;

namespace {

struct Timer {
    static constexpr bool intentIsLocal = true;
    TimePoint due;
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return polleros::invalidHandle; }
    [[nodiscard]] polleros::Triggers triggers() const noexcept { return {}; }
    [[nodiscard]] TimePoint deadline() const noexcept { return due; }
};

struct Rig {
    polleros::Options options;
    std::error_code ec;
    polleros::PollerCore<Timer> core{options};
    polleros::backend::Scripted backend{options, ec};

    polleros::TriggeredChannel<Timer>& attach(std::uint64_t number, TimePoint due) {
        const ChannelNumber chosen{number};
        Timer timer{due};
        return *core.attach(backend, &chosen, timer, ec);
    }
    // A pass, and what has run out at this time.
    std::size_t expire(TimePoint now, std::size_t most = 1'000'000) {
        core.reconcile(backend);
        core.expire(now, most);
        std::size_t told = 0;
        static_cast<void>(core.beginIteration());
        for (auto* channel = core.advance(nullptr); channel != nullptr; channel = core.advance(channel)) {
            ++told;
        }
        core.endIteration();
        return told;
    }
};

constexpr TimePoint at(std::chrono::nanoseconds time) {
    return TimePoint(time);
}

} // namespace

TEST_CASE("a deadline that moves later leaves the heap's key alone; one that moves earlier does not") {
    Rig rig;
    auto& channel = rig.attach(1, at(10s));
    rig.attach(2, at(20s));
    CHECK(rig.expire(at(1s)) == 0);
    CHECK(rig.core.nextDeadline() == at(10s));
    channel.source().due = at(30s);
    CHECK(rig.expire(at(1s)) == 0);
    CHECK(rig.core.nextDeadline() == at(10s)); // it looks again when that comes up
    CHECK(rig.expire(at(10s)) == 0);
    CHECK(rig.core.nextDeadline() == at(20s));
    channel.source().due = at(15s);
    CHECK(rig.expire(at(11s)) == 0);
    CHECK(rig.core.nextDeadline() == at(15s));
    CHECK(rig.expire(at(15s)) == 1);
    CHECK(rig.core.nextDeadline() == at(20s));
}

TEST_CASE("a deadline that was given up is forgotten when its key comes up, and a dead channel's at once") {
    Rig rig;
    auto& channel = rig.attach(1, at(10s));
    auto& dying = rig.attach(2, at(5s));
    rig.expire(at(1s));
    channel.source().due = noDeadline;
    rig.core.erase(rig.backend, dying, [](ChannelNumber, Timer&&) {});
    CHECK(rig.core.nextDeadline() >= at(10s));
    CHECK(rig.expire(at(10s)) == 0);
    CHECK(rig.core.nextDeadline() == noDeadline);
    CHECK(rig.core.stats().deadlines == 0);
}

TEST_CASE("no more than allowed run out at once; the rest is first the next time") {
    Rig rig;
    for (std::uint64_t number = 0; number < 10; ++number) {
        rig.attach(number, at(std::chrono::seconds(10 - number)));
    }
    CHECK(rig.expire(at(100s), 3) == 3);
    CHECK(rig.core.nextDeadline() == at(4s)); // 1, 2 and 3 are out
    CHECK(rig.expire(at(100s), 3) == 3);
    CHECK(rig.expire(at(100s), 3) == 3);
    CHECK(rig.expire(at(100s), 3) == 1);
    CHECK(rig.expire(at(100s), 3) == 0);
    CHECK(rig.core.nextDeadline() == noDeadline);
}

TEST_CASE("against an ordinary map: each runs out once, when it is due, whatever happened to it before") {
    std::mt19937 random(9);
    Rig rig;
    std::map<std::uint64_t, TimePoint> pending;
    TimePoint now = at(0s);
    for (std::uint64_t number = 0; number < 50; ++number) {
        rig.attach(number, noDeadline);
    }
    for (int turn = 0; turn < 5000; ++turn) {
        const std::uint64_t number = random() % 50;
        auto& channel = *rig.core.find(ChannelNumber{number});
        TimePoint due = now + std::chrono::nanoseconds(1 + random() % 1000);
        if (random() % 5 == 0) {
            due = noDeadline;
        }
        if (random() % 7 == 0) {
            rig.core.erase(rig.backend, channel, [](ChannelNumber, Timer&&) {});
            rig.attach(number, due);
        } else {
            channel.source().due = due;
        }
        pending.erase(number);
        if (due != noDeadline) {
            pending[number] = due;
        }
        now += std::chrono::nanoseconds(random() % 60);
        std::size_t expected = 0;
        for (auto each = pending.begin(); each != pending.end();) {
            const bool out = each->second <= now;
            expected += out ? 1U : 0U;
            each = out ? pending.erase(each) : std::next(each);
        }
        REQUIRE(rig.expire(now) == expected);
        TimePoint earliest = noDeadline;
        for (const auto& [key, time] : pending) {
            earliest = std::min(earliest, time);
        }
        REQUIRE(rig.core.nextDeadline() <= earliest); // early is fine, it looks again; late would be a bug
        REQUIRE(rig.core.nextDeadline() > now);
    }
}
