// SPDX-License-Identifier: MIT
// D1, D6, D7, D8: the loop begins and ends.
#include "loop.hpp"
#include "support/signals.hpp"

#include <atomic>
#include <stdexcept>

namespace polleros_test {
namespace {

// Waits until this is true; the watchdog ends it if it never is.
template <class Condition>
void await(Condition condition) {
    while (!condition()) {
        std::this_thread::sleep_for(100us);
    }
}

// A pair of which one end is readable for ever, and a handler for it that runs until it may return.
template <class TheSetting>
struct SlowHandler {
    explicit SlowHandler(Loop<TheSetting>& loop) {
        writeBytes(pair.peer.get(), 1);
        REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::readable, [this](const Event&) {
            ++begun;
            await([this] { return mayReturn.load(); });
            ++ended;
        }));
    }
    ~SlowHandler() { mayReturn = true; }

    FdPair pair = makePair(PairKind::tcp);
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    std::atomic<bool> mayReturn = false;
};

} // namespace

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

TEMPLATE_TEST_CASE("D6 stop waits for the handler that runs", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    SlowHandler<TestType> slow(loop);
    REQUIRE_FALSE(loop.start());
    await([&] { return slow.begun == 1; });
    std::atomic<int> endedBefore = -1;
    std::thread stopper([&] {
        loop.stop();
        endedBefore = slow.ended.load();
    });
    std::this_thread::sleep_for(5ms);
    CHECK(endedBefore == -1);
    CHECK(loop.isRunning());
    slow.mayReturn = true;
    stopper.join();
    CHECK(endedBefore >= 1);
    CHECK(slow.begun == slow.ended);
    CHECK_FALSE(loop.isRunning());
}

TEMPLATE_TEST_CASE("D2 deregistering waits for the handler that runs, by whomever it was deregistered first",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    SlowHandler<TestType> slow(loop);
    REQUIRE_FALSE(loop.start());
    await([&] { return slow.begun == 1; });
    std::atomic<int> returned = 0;
    std::atomic<int> found = 0;
    std::atomic<bool> tooEarly = false;
    std::vector<std::thread> threads;
    for (int index = 0; index < 3; ++index) {
        threads.emplace_back([&] {
            found += loop.deregisterHandle(slow.pair.ours.get()) ? 1 : 0;
            tooEarly = tooEarly || slow.ended == 0;
            ++returned;
        });
    }
    std::this_thread::sleep_for(5ms);
    CHECK(returned == 0);
    // Nobody else has to wait for it.
    const FdPair other = makePair(PairKind::tcp);
    CHECK_FALSE(loop.registerHandle(other.ours.get(), EventKind::readable, [](const Event&) {}));
    CHECK(loop.deregisterHandle(other.ours.get()));
    slow.mayReturn = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK_FALSE(tooEarly);
    CHECK(found == 1);
    loop.stop();
    CHECK(slow.begun == 1);
}

TEMPLATE_TEST_CASE("D3 registering anew waits for the former handler that runs", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    SlowHandler<TestType> slow(loop);
    REQUIRE_FALSE(loop.start());
    await([&] { return slow.begun == 1; });
    std::thread ender([&] {
        std::this_thread::sleep_for(5ms);
        slow.mayReturn = true;
    });
    REQUIRE_FALSE(loop.note(slow.pair.ours.get(), EventKind::writable));
    CHECK(slow.ended == 1);
    ender.join();
    loop.stop();
    CHECK(slow.begun == 1);
}

TEMPLATE_TEST_CASE("D1 in a handler everything is allowed, and nothing deadlocks", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const FdPair other = makePair(PairKind::tcp);
    int calls = 0;
    const auto tryAll = [&](const Event&) {
        ++calls;
        std::error_code ec;
        loop.run(ec);
        CHECK(ec == Errc::reentrant);
        CHECK(loop.start() == Errc::reentrant);
        loop.join();
        CHECK_FALSE(loop.registerHandle(other.ours.get(), EventKind::readable, [](const Event&) {}));
        CHECK(loop.size() == 2);
        CHECK(loop.isRunning());
        CHECK(loop.deregisterHandle(other.ours.get()));
        loop.stop();
        CHECK(loop.start() == Errc::reentrant); // not over yet
        CHECK(loop.deregisterHandle(pair.ours.get()));
        loop.stop();
    };
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::writable, tryAll));
    loop.run();
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::writable, tryAll));
    REQUIRE_FALSE(loop.start());
    loop.join();
    CHECK(calls == 2);
    CHECK(loop.size() == 0);
}

TEMPLATE_TEST_CASE("D1 a handler's destructor may do what a handler may", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    struct Caller {
        Loop<TestType>* loop;
        NativeHandle handle;
        ~Caller() {
            loop->deregisterHandle(handle);
            static_cast<void>(loop->size());
        }
    };
    const FdPair pair = makePair(PairKind::tcp);
    const FdPair other = makePair(PairKind::tcp);
    Loop<TestType> loop;
    const auto registerBoth = [&] {
        REQUIRE_FALSE(loop.note(other.ours.get(), EventKind::readable));
        auto caller = std::make_shared<Caller>(Caller{&loop, other.ours.get()});
        REQUIRE_FALSE(loop.note(other.ours.get(), EventKind::readable)); // the temporary one has deregistered it
        return [&loop, handle = pair.ours.get(), caller = std::move(caller)](const Event&) {
            loop.deregisterHandle(handle);
            loop.stop();
        };
    };
    REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::writable, registerBoth()));
    CHECK(loop.size() == 2);
    SECTION("deregistered") {
        CHECK(loop.deregisterHandle(pair.ours.get()));
        CHECK(loop.size() == 0);
    }
    SECTION("registered anew") {
        REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
        CHECK(loop.size() == 1);
    }
    SECTION("having run") {
        loop.run();
        CHECK(loop.size() == 0);
    }
    SECTION("with the dispatcher") {
        SUCCEED("it does not hang");
    }
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
