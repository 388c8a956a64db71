// SPDX-License-Identifier: MIT
// Limits, interruptions, room: rows N and S of the case table.
#include "kqueue_model/kernel.hpp"
#include "support/signals.hpp"

#include <climits>
#include <thread>

using namespace polleros_test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

template <class Action>
std::chrono::nanoseconds durationOf(Action action) {
    const auto before = Clock::now();
    action();
    return Clock::now() - before;
}

} // namespace

TEMPLATE_TEST_CASE("N a wait is never shorter than its limit", "[kqueue][sleeps]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(durationOf([&] { CHECK(queue.silent()); }) < 1s);
    for (const auto limit : {100us, 1'000us, 20'000us}) {
        CHECK(durationOf([&] { CHECK(queue.harvest(4, limit).empty()); }) >= limit);
    }
}

TEMPLATE_TEST_CASE("N where waits are counted in ticks, one millisecond is twenty", "[kqueue][sleeps]", NetBsd,
                   OpenBsd) {
    Queue<TestType> queue([](Behaviour& behaviour) { behaviour.tick = 10ms; });
    CHECK(durationOf([&] { CHECK(queue.harvest(4, 1ms).empty()); }) >= 20ms);
    CHECK(durationOf([&] { CHECK(queue.silent()); }) < 10ms);
}

TEMPLATE_TEST_CASE("N bad limits are EINVAL, with the changes made or not", "[kqueue]", POLLEROS_TEST_KERNELS) {
    const bool first = TestType::system == System::macos || TestType::system == System::openbsd;
    for (const ::timespec bad : {::timespec{-1, 0}, ::timespec{0, -1}, ::timespec{0, 1'000'000'000}}) {
        Queue<TestType> queue;
        using Calls = typename Queue<TestType>::Calls;
        const FdPair pair = makePair(PairKind::unixStream);
        const auto change = queue.change(pair.ours.get(), queue.read, evAdd);
        typename Calls::Kevent event{};
        CHECK(Calls::kevent(queue.fd(), &change, 1, &event, 1, &bad) == -1);
        CHECK(errno == EINVAL);
        CHECK(KqueueModel::registered(queue.fd()) == (first ? 0U : 1U));
    }
}

TEMPLATE_TEST_CASE("N long limits are long; beyond 31 bits macOS refuses them", "[kqueue][threads]",
                   POLLEROS_TEST_KERNELS) {
    for (const std::chrono::seconds limit :
         {std::chrono::seconds(25h), std::chrono::seconds(30 * 24h), std::chrono::seconds(std::int64_t{INT_MAX} + 1)}) {
        if (sizeof(::time_t) == 4 && limit.count() > INT_MAX) {
            continue;
        }
        Queue<TestType> queue;
        const FdPair pair = makePair(PairKind::unixStream);
        CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd)) == 0);
        std::thread other([&] {
            std::this_thread::sleep_for(20ms);
            writeBytes(pair.peer.get(), 1);
        });
        const auto outcome = queue.call({}, 1, std::chrono::duration_cast<std::chrono::nanoseconds>(limit));
        other.join();
        const bool refused = queue.system == System::macos && limit.count() > INT_MAX;
        CHECK(outcome.result == (refused ? -1 : 1));
        CHECK(outcome.error == (refused ? EINVAL : 0));
    }
}

TEMPLATE_TEST_CASE("N what happens ends a wait without a limit", "[kqueue][threads]", POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : {PairKind::tcp, PairKind::unixStream, PairKind::pipe, PairKind::udp}) {
        Queue<TestType> queue;
        const FdPair pair = makePair(kind);
        CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd)) == 0);
        std::thread other([&] {
            std::this_thread::sleep_for(5ms);
            writeBytes(pair.peer.get(), 2);
        });
        const auto events = queue.harvest(4, std::nullopt);
        other.join();
        REQUIRE(events.size() == 1);
        CHECK(events[0].data == 2);
    }
}

TEMPLATE_TEST_CASE("N without room there is no wait", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const auto outcome = queue.call({}, 0, std::nullopt);
    CHECK(outcome.result == 0);
}

TEMPLATE_TEST_CASE("S a signal interrupts a sleep, with the changes made", "[kqueue][sleeps]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const auto timer = signalAfter(20ms);
    const auto outcome = queue.call({queue.change(pair.ours.get(), queue.read, evAdd)}, 4, 5s);
    CHECK(outcome.result == -1);
    CHECK(outcome.error == EINTR);
    CHECK(timer.count() == 1);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
}

TEMPLATE_TEST_CASE("S a call that does not sleep is not interrupted", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.write, evAdd)) == 0);
    const auto storm = signalStorm(5'000);
    for (int round = 0; round < 5'000 || storm.count() < 20; ++round) {
        const auto outcome = queue.call({queue.change(pair.ours.get(), queue.write, evAdd)}, 4, 1s);
        REQUIRE(outcome.result == 1);
        REQUIRE(queue.call({}, 0).result == 0);
    }
}
