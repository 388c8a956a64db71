// SPDX-License-Identifier: MIT
// D1, D2, D3, D6: who waits for a handler that runs, and what a handler may do.
#include "loop.hpp"

#include <atomic>

namespace polleros_test {
namespace {

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

TEMPLATE_TEST_CASE("D6 who stops the loop is the last to be called", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    std::vector<FdPair> pairs;
    for (int index = 0; index < 5; ++index) {
        pairs.push_back(makePair(PairKind::tcp));
        writeBytes(pairs.back().peer.get(), 1);
        static_cast<void>(pollFor(pairs.back().ours.get(), readable, 5000));
        REQUIRE_FALSE(loop.registerHandle(pairs.back().ours.get(), EventKind::readable | EventKind::writable,
                                          loop.noting([&](const Event&) { loop.stop(); })));
    }
    loop.run();
    CHECK(loop.told.size() == 1); // not even by the same one is there anything more to tell
    loop.run();
    CHECK(loop.told.size() == 2);
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
    const std::error_code failed = loop.start();
    loop.join(); // until then the assertions are the handler's
    CHECK_FALSE(failed);
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

} // namespace polleros_test
