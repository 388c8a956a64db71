// SPDX-License-Identifier: MIT
// What a poller is handed that is not its own, and what becomes of what is its own behind its back.
#include "support/bench.hpp"
#include "support/death.hpp"

#include <thread>

namespace polleros_test {

TEMPLATE_TEST_CASE("a channel or a reference of another poller is none of ours", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    typename Bench<TestType>::Poller other;
    auto& theirs = other.attachChannel(ChannelNumber{7}, typename TestType::Source(polleros::invalidHandle, {}));
    const auto ref = theirs.ref();
    for (const bool empty : {true, false}) {
        if (!empty) {
            bench.attach(1, {polleros::invalidHandle, {}}); // at the same place
        }
        const std::size_t size = bench.poller.size();
        CHECK(bench.poller.find(ref) == nullptr);
        CHECK_FALSE(bench.poller.deleteChannel(theirs));
        CHECK_FALSE(bench.poller.deleteChannel(ref));
        std::error_code ec;
        CHECK_FALSE(bench.poller.detachChannel(theirs, ec).has_value());
        CHECK(ec == Errc::notFound);
        CHECK(bench.poller.deleteGroup(std::vector{ref}) == 0);
        CHECK(bench.poller.size() == size);
        CHECK(other.size() == 1);
        CHECK(static_cast<bool>(ref));
        CHECK(other.find(ref) == &theirs);
    }
    CHECK(other.deleteChannel(ref));
    CHECK_FALSE(static_cast<bool>(ref));
}

TEMPLATE_TEST_CASE("C14 a range that is begun twice asserts; in release it is empty, and the next wait works",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    bench.attach(1, {polleros::invalidHandle, work});
    bench.wait();
    checkAsserts("triggered() is a single pass", [&bench] {
        auto range = bench.poller.triggered();
        static_cast<void>(range.begin());
        static_cast<void>(range.begin());
    });
    if constexpr (!polleros::audited) {
        auto range = bench.poller.triggered();
        CHECK_FALSE(range.begin() == range.end());
        std::size_t again = 0;
        for (auto& channel : range) {
            again += channel.act().empty() ? 0U : 1U;
        }
        CHECK(again == 0);
    }
    CHECK(bench.only(1) == Triggers{work});
}

TEMPLATE_TEST_CASE("C13 a wait whose wake handle did not get into a set made anew can be woken, or says that it cannot",
                   "[contract][sleeps][threads]", POLLEROS_REAL_SETTINGS) {
    if constexpr (!TestType::isEpoll) {
        GATE(TestType::name(), "no kernel set is ever made anew: it holds nothing that cannot be named");
    }
    for (const std::size_t failures : {std::size_t{1}, Fault::forEver}) {
        CAPTURE(failures);
        Bench<TestType> bench(Variants::few);
        polleros::Waker waker = bench.poller.waker();
        const EndsPtr forgotten = bench.world.ends();
        bench.attach(1, forgotten, recv);
        bench.wait();
        static_cast<void>(forgotten->duplicate());
        forgotten->close();
        CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
        forgotten
            ->peerHalfCloseUnseen(); // an event of nobody's: the set is made anew, and empty but for the wake handle
        std::error_code ec;
        polleros::WaitResult result;
        const auto start = bench.poller.now();
        {
            const Faults<TestCalls> faults({{.call = Call::epollAdd, .times = failures, .error = nativeCode(ENOSPC)}});
            const auto later = bench.world.later(30ms, [waker]() mutable { waker.wake(); });
            result = bench.poller.waitTriggers(10s, ec);
            CHECK(faults.hits() >= 1);
        }
        CHECK(bench.poller.now() - start < 30ms + slack);
        if (failures == 1) {
            CHECK_FALSE(ec);
            CHECK(result.woken);
        } else {
            CHECK(ec.value() == nativeCode(ENOSPC));
            CHECK(bench.wait(Timeout::never()).woken); // it was remembered, and there is room again
        }
        forgotten->closeDuplicate();
    }
}

TEMPLATE_TEST_CASE("a wake handle closed behind the library's back harms no channel", "[contract][unswept][sleeps]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr idle = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.attach(2, idle, recv);
    const auto before = openFds();
    polleros::Waker waker = bench.poller.waker();
    for (const auto& [fd, what] : openFds()) {
        if (before.count(fd) == 0) {
            Fd(fd).close();
        }
    }
    bench.checkQuiet(20ms);
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
    CHECK(bench.channel(1).exp() == polleros::interestOf(recv));
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    idle->peerWrite(1);
    CHECK(bench.only(2) == Triggers{recv});
    waker.wake(); // in vain if the handle is needed for it, but harmless
    bench.wait();
}

} // namespace polleros_test
