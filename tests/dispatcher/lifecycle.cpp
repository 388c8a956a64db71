// SPDX-License-Identifier: MIT
// D6, D7, D8: the loop begins and ends.
#include "loop.hpp"
#include "support/signals.hpp"

#include <atomic>
#include <stdexcept>

namespace polleros_test {

TEMPLATE_TEST_CASE("D6 stop wakes a loop that waits, and start begins another", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    loop.stop();
    loop.join();
    CHECK_FALSE(loop.isRunning());
    for (int turn = 0; turn < 20; ++turn) {
        const std::size_t waits = TestCalls::counts().waits();
        REQUIRE_FALSE(loop.start());
        CHECK(loop.isRunning());
        CHECK(loop.start() == Errc::reentrant);
        if (turn % 2 == 0) { // else it may not have come to wait
            await([&] { return TestCalls::counts().waits() > waits; });
        }
        loop.stop();
        CHECK_FALSE(loop.isRunning());
        loop.stop();
    }
    CHECK(loop.told.empty());
    CHECK(loop.size() == 1);
    writeBytes(pair.peer.get(), 1);
    loop.untilTold(1); // it lived on
    CHECK_FALSE(loop.error());
}

TEMPLATE_TEST_CASE("D6 of a closed handle that was next when a handler stopped the loop, the next loop tells",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    if (!TestType::isPoll) {
        GATE(TestType::name(), "its kernel does not tell of closed handles");
    }
    Loop<TestType> loop;
    const FdPair ready = makePair(PairKind::tcp);
    FdPair dead = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.registerHandle(ready.ours.get(), EventKind::writable, [&](const Event&) { loop.stop(); },
                                      {.writableInterval = 0ms}));
    REQUIRE_FALSE(loop.note(dead.ours.get(), EventKind::readable));
    dead.ours.close();
    for (int turn = 0; turn < 4; ++turn) {
        loop.run();
    }
    REQUIRE(loop.told.size() == 1);
    CHECK(loop.told[0].error == Errc::badHandle);
}

TEMPLATE_TEST_CASE("D6 start waits for a loop that is about to end", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    std::atomic<int> calls = 0;
    std::atomic<bool> mayReturn = false;
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::writable,
                                      [&](const Event&) {
                                          loop.stop();
                                          ++calls;
                                          await([&] { return mayReturn.load(); });
                                      },
                                      {.writableInterval = 0ms}));
    REQUIRE_FALSE(loop.start());
    await([&] { return calls == 1; });
    std::thread ender([&] {
        std::this_thread::sleep_for(5ms);
        mayReturn = true;
    });
    CHECK_FALSE(loop.start());
    CHECK(mayReturn);
    ender.join();
    await([&] { return calls == 2; });
    loop.join();
    CHECK_FALSE(loop.isRunning());
}

TEMPLATE_TEST_CASE("D7 what a handler throws comes out of run, and the dispatcher is in order", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const FdPair other = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    int calls = 0;
    REQUIRE_FALSE(loop.note(other.ours.get(), EventKind::writable, {.writableInterval = 0ms}));
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::readable, [&](const Event&) {
        ++calls;
        throw std::runtime_error("enough");
    }));
    CHECK_THROWS_WITH(loop.run(), "enough");
    CHECK_FALSE(loop.isRunning());
    CHECK_THROWS_WITH(loop.run(), "enough");
    CHECK(calls == 2);
    CHECK(loop.deregisterHandle(pair.ours.get()));
    loop.untilTold(2);
    CHECK(calls == 2);
}

TEMPLATE_TEST_CASE("D7 what a handler throws on the loop's own thread, stop or join rethrows once",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::writable,
                                      [](const Event&) { throw std::runtime_error("enough"); },
                                      {.writableInterval = 0ms}));
    REQUIRE_FALSE(loop.start());
    CHECK_THROWS_WITH(loop.join(), "enough");
    loop.join();
    loop.stop();
    REQUIRE_FALSE(loop.start());
    await([&] { return !loop.isRunning(); });
    CHECK_THROWS_WITH(loop.stop(), "enough");
    loop.stop();
    SECTION("nor is it forgotten by another start") {
        REQUIRE_FALSE(loop.start());
        await([&] { return !loop.isRunning(); });
        CHECK(loop.deregisterHandle(pair.ours.get()));
        REQUIRE_FALSE(loop.start());
        CHECK_THROWS_WITH(loop.stop(), "enough");
    }
    SECTION("nor is it in the way of the end") {
        polleros::Dispatcher<typename TestType::Backend> doomed;
        const FdPair another = makePair(PairKind::tcp);
        REQUIRE_FALSE(doomed.registerHandle(another.ours.get(), EventKind::writable,
                                            [](const Event&) { throw std::runtime_error("enough"); }));
        REQUIRE_FALSE(doomed.start());
        await([&] { return !doomed.isRunning(); });
    }
}

#if defined(__cpp_lib_jthread)
TEMPLATE_TEST_CASE("D7 a stop token ends the loop", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    std::jthread thread([&](std::stop_token token) { loop.run(std::move(token)); });
    await([&] { return loop.isRunning(); });
    thread.request_stop();
    thread.join();
    CHECK_FALSE(loop.isRunning());
    std::stop_source requested;
    requested.request_stop();
    loop.run(requested.get_token()); // before it begins
    CHECK(loop.told.empty());
}
#endif

TEMPLATE_TEST_CASE("D8 an idle loop costs nothing", "[dispatcher][threads][sleeps]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    REQUIRE_FALSE(loop.start());
    const std::uint64_t before = loop.stats().kernelWaits;
    std::this_thread::sleep_for(100ms);
    CHECK(loop.stats().kernelWaits - before <= 3); // those that step out for who asks
    loop.stop();
    CHECK(loop.told.empty());
}

TEMPLATE_TEST_CASE("D8 signals do not end the loop", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    {
        const SignalTimer storm = signalStorm(1000); // at this thread
        std::thread writer([&] {
            await([&] { return storm.count() >= 20; });
            writeBytes(pair.peer.get(), 1);
        });
        loop.untilTold(1);
        writer.join();
    }
    CHECK(loop.told.size() == 1);
    CHECK_FALSE(loop.error());
}

TEMPLATE_TEST_CASE("D6 a dispatcher that is destroyed stops", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    const FdPair pair = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    for (const EventKind kind : {EventKind::readable, EventKind::error}) { // busy, and blocked
        std::atomic<bool> destroyed = false;
        std::atomic<bool> late = false;
        {
            polleros::Dispatcher<typename TestType::Backend> dispatcher;
            REQUIRE_FALSE(
                dispatcher.registerHandle(pair.ours.get(), kind, [&](const Event&) { late = late || destroyed; }));
            REQUIRE_FALSE(dispatcher.start());
            std::this_thread::sleep_for(2ms);
        }
        destroyed = true;
        std::this_thread::sleep_for(2ms);
        CHECK_FALSE(late);
    }
}

} // namespace polleros_test
