// SPDX-License-Identifier: MIT
// What happens between the wait and the end of the iteration: masks, marks, early ends, references.
#include "support/bench.hpp"
#include "support/death.hpp"

#include <algorithm>
#include <random>

namespace polleros_test {

TEMPLATE_TEST_CASE("N7 a report is masked with what is wanted when the iteration gets there", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::all, 4);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv | send);
    bench.attach(2, other, recv | send);
    one->peerWrite(1);
    other->peerWrite(1);
    CHECK(bench.wait().channels == std::min<std::size_t>(bench.maxEvents(), 2));
    bool first = true;
    for (auto& channel : bench.poller.triggered()) {
        CHECK(channel.act() == (first ? recv | send : Triggers{recv}));
        bench.want(3 - static_cast<std::uint64_t>(channel.number()), recv);
        first = false;
    }
    CHECK_FALSE(first);
}

TEMPLATE_TEST_CASE("N7 what a handler adds to an intent is reported by the next wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few, 2);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, send);
    ends->peerWrite(1);
    bench.wait();
    for (auto& channel : bench.poller.triggered()) {
        CHECK(channel.act() == Triggers{send});
        channel.source().wanted = recv | send;
        CHECK(channel.act() == Triggers{send});
    }
    CHECK(bench.only(1) == (recv | send));
}

TEMPLATE_TEST_CASE("N8 a marked channel is not reported any more, and leaves the kernel by the next wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
        ends.back()->peerWrite(1);
    }
    bench.wait();
    std::vector<std::uint64_t> reached;
    for (auto& channel : bench.poller.triggered()) {
        reached.push_back(static_cast<std::uint64_t>(channel.number()));
        for (std::uint64_t number = 1; number <= 3; ++number) {
            CHECK(bench.channel(number).markForDeletion());
            CHECK_FALSE(bench.channel(number).markForDeletion()); // true the first time only
            CHECK(bench.channel(number).isMarked());
            CHECK(bench.channel(number).act().empty());
        }
    }
    CHECK(reached.size() == 1);
    CHECK(bench.next().empty());
    CHECK(bench.world.registered().value_or(0) == 0);
    CHECK(bench.poller.size() == 3);
    // A marked one's handle is nobody's: somebody else may have it.
    bench.attach(4, ends[0], recv);
    CHECK(bench.only(4) == Triggers{recv});
    CHECK(bench.poller.deleteMarked() == 3);
    CHECK(bench.poller.deleteMarked() == 0);
    CHECK(bench.poller.size() == 1);
    CHECK(bench.only(4) == Triggers{recv});
}

TEMPLATE_TEST_CASE("N8 a marked channel has no deadline, no work, no error and no change of mind", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr another = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv | work);
    channel.markForDeletion();
    channel.source().due = bench.poller.now() + 1ms;
    channel.source().wanted = send | work;
    channel.source().at = bench.world.closedHandle();
    bench.checkQuiet(10ms);
    channel.touch();
    channel.handleReplaced();
    channel.source().at = another->handle();
    bench.checkQuiet(1ms);
    bench.attach(2, another, send);
    CHECK(bench.only(2) == Triggers{send});
}

TEMPLATE_TEST_CASE("N9 a dying source may delete, attach, mark and wake, and may not wait", "[contract][unswept]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr one = bench.world.ends();
    const EndsPtr two = bench.world.ends();
    const EndsPtr three = bench.world.ends();
    polleros::Waker waker = bench.poller.waker();
    typename TestType::Source source(one->handle(), recv);
    bool died = false;
    source.whenDestroyed = atDestruction([&] {
        died = true;
        // Gone from kernel and maps already: its number and its handle are free.
        CHECK(bench.poller.find(ChannelNumber{1}) == nullptr);
        CHECK(bench.poller.size() == 2);
        CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
        bench.attach(1, one, recv);
        bench.attach(4, two, recv);
        bench.channel(3).markForDeletion();
        waker.wake();
        if constexpr (!polleros::audited) {
            std::error_code ec;
            bench.poller.waitTriggers(Timeout::immediately(), ec);
            CHECK(ec == Errc::reentrant);
        }
    });
    bench.attach(1, std::move(source));
    bench.attach(2, two, recv);
    bench.attach(3, three, recv);
    one->peerWrite(1);
    two->peerWrite(1);
    three->peerWrite(1);
    bench.wait();
    for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
        if (!died) {
            CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        }
    }
    CHECK(died);
    CHECK(bench.poller.deleteMarked() == 1);
    CHECK(bench.wait().woken);
    CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{1, recv}, {4, recv}});
}

TEMPLATE_TEST_CASE("N9 deleteAll deletes all there were, not what their sources attach when they die",
                   "[contract][unswept]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    std::vector<EndsPtr> ends;
    std::uint64_t next = 100;
    for (std::uint64_t number = 1; number <= 20; ++number) {
        const auto handle = ends.emplace_back(bench.world.ends())->handle();
        typename TestType::Source source(handle, recv);
        source.whenDestroyed = atDestruction([&bench, &next, handle] {
            bench.poller.deleteChannel(ChannelNumber{20}); // before its turn; its place is the next one's
            bench.attach(next++, typename TestType::Source(handle, send));
        });
        bench.attach(number, std::move(source));
    }
    bench.poller.deleteAll();
    CHECK(bench.poller.size() == 20);
    CHECK(bench.sweep().size() == 20);
    bench.poller.deleteAll();
    CHECK(bench.poller.size() == 0);
    CHECK(bench.world.registered().value_or(0) == 0);
}

TEMPLATE_TEST_CASE("C14 deleting a channel twice inside an iteration deletes it once", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    int deaths = 0;
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    typename TestType::Source source(ends->handle(), recv);
    source.whenDestroyed = atDestruction([&] { ++deaths; });
    bench.attach(1, std::move(source));
    bench.attach(2, other, recv);
    ends->peerWrite(1);
    bench.wait();
    for (auto& channel : bench.poller.triggered()) {
        const auto ref = channel.ref();
        CHECK(bench.poller.deleteChannel(channel));
        // Its memory stays until the next wait: what is still asked of it has a decent answer.
        CHECK_FALSE(bench.poller.deleteChannel(channel));
        CHECK_FALSE(bench.poller.deleteChannel(ref));
        CHECK_FALSE(bench.poller.deleteChannel(channel.ref()));
        CHECK_FALSE(static_cast<bool>(channel.ref()));
        CHECK_FALSE(bench.poller.detachChannel(channel).has_value());
        CHECK(bench.poller.deleteGroup({channel, ref}) == 0);
        CHECK_FALSE(channel.markForDeletion());
        channel.touch();
        channel.handleReplaced();
        CHECK(channel.act().empty());
        CHECK(channel.exp().empty());
    }
    CHECK(deaths == 1);
    CHECK(bench.poller.size() == 1);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("C14 a deleted place is not taken again before the iteration is over", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
        ends.back()->peerWrite(1);
    }
    bench.wait();
    std::vector<const void*> old;
    for (auto& channel : bench.poller.triggered()) {
        const auto number = static_cast<std::uint64_t>(channel.number());
        const auto& end = ends[(number - 1) % 4];
        old.push_back(&channel);
        CHECK(number <= 4); // never one of the new ones
        CHECK(bench.poller.deleteChannel(channel));
        const auto& fresh = bench.attach(number + 4, end, recv);
        CHECK(std::find(old.begin(), old.end(), &fresh) == old.end());
        CHECK(fresh.act().empty());
    }
    CHECK(bench.sweep().size() == 4);
}

TEMPLATE_TEST_CASE("N25 leaving an iteration early ends it", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1);
    bench.wait();
    for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
        break;
    }
    CHECK(bench.only(1) == Triggers{recv});
    bench.wait();
    const auto throwing = [&] {
        for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
            throw std::runtime_error("a handler's own");
        }
    };
    CHECK_THROWS_AS(throwing(), std::runtime_error);
    CHECK(bench.only(1) == Triggers{recv});
    bench.wait(); // no iteration at all
    CHECK(bench.only(1) == Triggers{recv});
}

TEMPLATE_TEST_CASE("N25 waiting inside an iteration is reentrant", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(1);
    if constexpr (polleros::audited) {
        checkAsserts("waiting inside an iteration", [&] {
            static_cast<void>(bench.poller.resetAfterFork());
            bench.poller.waitTriggers(Timeout::immediately());
            for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
                bench.poller.waitTriggers(Timeout::immediately());
            }
        });
    } else {
        bench.wait();
        std::error_code ec;
        for ([[maybe_unused]] auto& channel : bench.poller.triggered()) {
            bench.poller.waitTriggers(Timeout::never(), ec);
            CHECK(ec == Errc::reentrant);
            static_cast<void>(bench.poller.prepare(ec));
            CHECK(ec == Errc::reentrant);
            bench.poller.harvest(ec);
            CHECK(ec == Errc::reentrant);
            CHECK(channel.act() == Triggers{recv}); // undisturbed
        }
        CHECK(bench.only(1) == Triggers{recv});
    }
}

} // namespace polleros_test
