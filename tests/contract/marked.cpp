// SPDX-License-Identifier: MIT
// A channel marked for deletion is silent from that moment on, whatever becomes of its registration.
#include "support/bench.hpp"

namespace polleros_test {

namespace {

// Nothing of the one wait that is under way, and the channel is the caller's to delete still.
template <class TestBench>
void checkSilent(TestBench& bench, const polleros::WaitResult& result, std::uint64_t number) {
    CHECK(result.channels == 0);
    CHECK(bench.poller.triggered().begin() == std::default_sentinel);
    auto& channel = bench.channel(number);
    CHECK(channel.isMarked());
    CHECK(channel.act().empty());
    CHECK(bench.sweep().empty());
    CHECK(channel.exp().empty());
    CHECK(bench.poller.deleteMarked() == 1);
    CHECK(bench.poller.find(ChannelNumber{number}) == nullptr);
}

} // namespace

TEMPLATE_TEST_CASE("C2 a marked channel whose handle is closed before the harvest is not told of it", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    static_cast<void>(bench.poller.prepare());
    CHECK(bench.channel(1).markForDeletion());
    ends->close();
    checkSilent(bench, bench.poller.harvest(), 1);
}

TEMPLATE_TEST_CASE("C2 a marked channel is silent when it is ready at the harvest", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    static_cast<void>(bench.poller.prepare());
    CHECK(bench.channel(1).markForDeletion());
    ends->peerClose();
    checkSilent(bench, bench.poller.harvest(), 1);
}

TEMPLATE_TEST_CASE("C2 a marked channel is not put into a set made anew, and not told that it cannot be", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    for (const bool closes : {false, true}) {
        CAPTURE(closes);
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        const EndsPtr forgotten = bench.world.ends();
        bench.attach(1, ends, recv);
        bench.attach(2, forgotten, recv);
        bench.wait();
        static_cast<void>(forgotten->duplicate());
        forgotten->close();
        CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
        forgotten->peerHalfCloseUnseen(); // from now on an event of nobody's, where the kernel remembers
        static_cast<void>(bench.poller.prepare());
        CHECK(bench.channel(1).markForDeletion());
        if (closes) {
            ends->close();
        }
        const auto result = bench.poller.harvest();
        if (TestType::real && TestType::isEpoll) {
            CHECK(result.handleReplaced);
            CHECK(bench.world.registered().value_or(0) == 1); // the wake handle
        }
        checkSilent(bench, result, 1);
        forgotten->closeDuplicate();
    }
}

TEMPLATE_TEST_CASE("C2 what is marked or deleted between prepare and harvest is not counted as reported", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    for (const bool marks : {false, true}) {
        for (const bool another : {false, true}) {
            CAPTURE(marks, another);
            Bench<TestType> bench(Variants::few);
            bench.attach(1, {polleros::invalidHandle, work});
            if (another) {
                bench.attach(2, {polleros::invalidHandle, work});
            }
            CHECK(bench.poller.prepare() == Timeout::immediately());
            if (marks) {
                CHECK(bench.channel(1).markForDeletion());
            } else {
                CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
            }
            const auto result = bench.poller.harvest();
            CHECK(result.channels == (another ? 1U : 0U));
            CHECK((another || result.woken || result.timedOut)); // a wait has a reason to end
            std::size_t seen = 0;
            for (auto& channel : bench.poller.triggered()) {
                CHECK(channel.number() == ChannelNumber{2});
                ++seen;
            }
            CHECK(seen == result.channels);
        }
    }
}

} // namespace polleros_test
