// SPDX-License-Identifier: MIT
// L: attaching, deleting and detaching channels.
#include "support/bench.hpp"

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("L1 making and destroying pollers leaks nothing", "[contract][slow]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto before = openFds();
    for (int turn = 0; turn < often(1000); ++turn) {
        typename Bench<TestType>::Poller poller(bench.variant().options);
        const polleros::Waker waker = poller.waker();
        waker.wake();
        REQUIRE(poller.waitTriggers(Timeout::immediately()).woken);
    }
    CHECK(openFds() == before);
}

TEMPLATE_TEST_CASE("L2 a handle that is ready when it is attached is reported by the next wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    ends->peerWrite(1);
    bench.attach(1, ends, recv);
    CHECK(bench.only(1, 10s) == Triggers{recv});
}

TEMPLATE_TEST_CASE("L3 a second attach of a live handle is refused, and the first channel still hears", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    for (const Triggers first : {Triggers{recv}, Triggers{}}) {
        for (const Triggers second : {Triggers{recv}, Triggers{send}, Triggers{}, Triggers{work}}) {
            CAPTURE(first.bits(), second.bits());
            const EndsPtr ends = bench.world.ends();
            bench.attach(1, ends, first);
            CHECK(bench.refusal(2, ends->handle(), second) == Errc::alreadyAttached);
            CHECK(bench.next().empty()); // and again after a wait
            CHECK(bench.refusal(2, ends->handle(), second) == Errc::alreadyAttached);
            CHECK(bench.poller.size() == 1);
            bench.want(1, recv);
            ends->peerWrite(1);
            CHECK(bench.only(1) == Triggers{recv});
            CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        }
    }
}

TEMPLATE_TEST_CASE("L3 a second attach under a number in use is refused", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr first = bench.world.ends();
    const EndsPtr second = bench.world.ends();
    bench.attach(1, first, recv);
    const std::size_t changes = bench.world.changes();
    CHECK(bench.refusal(1, second->handle(), recv) == Errc::alreadyAttached);
    CHECK(bench.world.changes() == changes);
    second->peerWrite(1);
    CHECK(bench.next().empty());
    first->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
    bench.attach(2, second, recv); // under another number it is welcome
}

TEMPLATE_TEST_CASE("L4 a closed handle is refused, whatever it is to be asked for", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const auto closed = bench.world.closedHandle();
    CHECK(bench.refusal(1, closed, recv) == Errc::badHandle);
    CHECK(bench.refusal(1, closed, {}) == Errc::badHandle);
    CHECK(bench.refusal(1, closed, work) == Errc::badHandle);
    CHECK(bench.poller.size() == 0);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("L4 no handle means not yet, and is heard once there is one", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    bench.attach(1, {polleros::invalidHandle, recv});
    bench.attach(2, {polleros::invalidHandle, {}});
    CHECK(bench.world.changes() == 0);
    CHECK(bench.next().empty());
    const EndsPtr ends = bench.world.ends();
    ends->peerWrite(1);
    bench.channel(1).source().at = ends->handle();
    CHECK(bench.only(1) == Triggers{recv});
}

TEMPLATE_TEST_CASE("L5 what cannot be waited for is refused, whatever it is to be asked for", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto checkRefused = [&](polleros::NativeHandle handle) {
        CHECK(bench.refusal(1, handle, recv) == Errc::unsupportedHandle);
        CHECK(bench.refusal(1, handle, {}) == Errc::unsupportedHandle);
    };
    if constexpr (TestType::real) {
        for (const Fd& handle : unwaitables()) {
            checkRefused(handle.get());
        }
        if constexpr (TestType::isEpoll) {
            checkRefused(openFile("/dev/null").get());
        }
    } else {
        const auto file = bench.poller.backend().kernel().openUnpollable();
        checkRefused(file);
    }
    CHECK(bench.poller.size() == 0);
    CHECK(bench.world.registered().value_or(0) == 0);
}

TEMPLATE_TEST_CASE("L5 a file in /proc that can be polled is attached where the kernel judges", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    if constexpr (!TestType::isEpoll) {
        GATE(TestType::name(), "not the kernel judges what can be waited for, but fstat or SO_TYPE");
    }
    Bench<TestType> bench(Variants::few);
    const Fd mounts = openFile("/proc/self/mounts");
    bench.attach(1, {mounts.get(), priority});
    bench.attach(2, {polleros::invalidHandle, {}});
    bench.want(1, {});
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("L7 deleting what is not there says so and does nothing", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    const auto ref = channel.ref();
    const std::size_t changes = bench.world.changes();
    std::error_code ec;
    CHECK_FALSE(bench.poller.deleteChannel(ChannelNumber{2}));
    CHECK_FALSE(bench.poller.detachChannel(ChannelNumber{2}, ec).has_value());
    CHECK(ec == Errc::notFound);
    CHECK(bench.world.changes() == changes);
    CHECK(bench.poller.size() == 1);

    CHECK(bench.poller.deleteChannel(ref));
    const std::size_t changesAfter = bench.world.changes();
    CHECK_FALSE(bench.poller.deleteChannel(ref));
    CHECK_FALSE(bench.poller.deleteChannel(ChannelNumber{1}));
    CHECK_FALSE(bench.poller.detachChannel(ref, ec).has_value());
    CHECK(ec == Errc::notFound);
    CHECK_FALSE(bench.poller.detachChannel(ChannelNumber{1}).has_value());
    CHECK(bench.world.changes() == changesAfter);
    CHECK(bench.poller.size() == 0);
    CHECK(bench.poller.find(ChannelNumber{1}) == nullptr);
    CHECK_FALSE(ref);
}

TEMPLATE_TEST_CASE("L8 a handle attached again is reported under its new sequence number only", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    const polleros::SeqN first = bench.attach(1, ends, recv).seqN();
    ends->peerWrite(1);
    bench.wait();
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    auto& again = bench.attach(2, ends, recv);
    CHECK(again.seqN() > first);
    CHECK(bench.poller.find(first) == nullptr);
    CHECK(bench.poller.find(again.seqN()) == &again);
    CHECK(bench.only(2) == Triggers{recv});
}

TEMPLATE_TEST_CASE("L9 what is deleted before the first wait was never there", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    ends->peerWrite(1);
    bench.checkQuiet(20ms);
    CHECK(bench.world.registered().value_or(0) == 0);
}

TEMPLATE_TEST_CASE("L10 sequence numbers only ever increase", "[contract][slow]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    polleros::SeqN last = polleros::wakerSeqN;
    bool increasing = true;
    for (int turn = 0; turn < often(50'000); ++turn) {
        // Two at a time, deleted in changing order, so that places are taken up again in any order.
        for (const std::uint64_t number : {1U, 2U}) {
            const auto& ends = number == 1 ? one : other;
            auto& channel =
                bench.poller.attachChannel(ChannelNumber{number}, typename TestType::Source(ends->handle(), recv));
            increasing = increasing && channel.seqN() > last;
            last = channel.seqN();
        }
        const std::uint64_t first = turn % 3 == 0 ? 2 : 1;
        bench.poller.deleteChannel(ChannelNumber{first});
        bench.poller.deleteChannel(ChannelNumber{3 - first});
        if (turn % 16 == 0) {
            bench.wait();
        }
    }
    CHECK(increasing);
}

} // namespace
} // namespace polleros_test
