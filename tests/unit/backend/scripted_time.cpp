// SPDX-License-Identifier: MIT
// Time and wakes of backend::Scripted.
#include "scripted_world.hpp"

#include <memory>

TEST_CASE("time passes only in waits and when it is told to") {
    Kernel kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    CHECK(backend.now() == ScriptedKernel::start);
    CHECK(kernel.wait().empty());
    CHECK(backend.now() == ScriptedKernel::start);
    CHECK(kernel.wait(3s).empty());
    CHECK_FALSE(kernel.ec);
    CHECK(backend.now() == ScriptedKernel::start + 3s);
    CHECK(kernel.wait(Timeout(ScriptedKernel::start + 1s)).empty()); // gone
    CHECK(backend.now() == ScriptedKernel::start + 3s);
    CHECK(kernel.wait(Timeout(ScriptedKernel::start + 4s)).empty());
    CHECK(backend.now() == ScriptedKernel::start + 4s);
    world.advance(500ns);
    CHECK(backend.now() == ScriptedKernel::start + 4s + 500ns);
    CHECK(kernel.wait(1ns).empty());
    CHECK(backend.now() == ScriptedKernel::start + 4s + 501ns);

    Kernel<BasicScripted<>> coarse;
    CHECK(coarse.wait(1ns).empty());
    CHECK(coarse.backend.now() == ScriptedKernel::start + 1ms);
}

TEST_CASE("actions run on time and in order, and end a wait by what they make ready") {
    Kernel kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    const NativeHandle handle = kernel.opened(seqN(1), inRead);
    std::vector<int> ran;
    world.after(2s, [&] { ran.push_back(2); });
    world.after(2s, [&] { ran.push_back(3); });
    world.after(1s, [&] {
        ran.push_back(1);
        world.after(500ms, [&] { ran.push_back(15); });
    });
    world.after(5s, [&] {
        CHECK(backend.now() == ScriptedKernel::start + 5s);
        world.setReady(handle, ReadyFlag::read);
    });
    world.at(ScriptedKernel::start - 1h, [&] { ran.push_back(0); });
    CHECK(ran.empty());
    CHECK(kernel.told(1min) == Names{seqN(1)});
    CHECK(backend.now() == ScriptedKernel::start + 5s);
    CHECK(ran == std::vector{0, 1, 15, 2, 3});

    // At the very end of a wait is in time.
    world.clearReady(handle);
    world.after(1s, [&] { world.setReady(handle, ReadyFlag::read); });
    CHECK(kernel.told(1s) == Names{seqN(1)});

    // A wait for ever goes from action to action.
    world.clearReady(handle);
    world.after(24h * 365, [&] { world.setReady(handle, ReadyFlag::read); });
    CHECK(kernel.told(Timeout::never()) == Names{seqN(1)});

    ran.clear();
    TimePoint seen;
    world.after(1s, [&] {
        ran.push_back(1);
        world.after(1s, [&] { ran.push_back(2); });
        seen = backend.now();
    });
    const TimePoint before = backend.now();
    world.advance(2s);
    CHECK(seen == before + 1s);
    CHECK(ran == std::vector{1, 2});
    CHECK(backend.now() == before + 2s);
    world.advance(std::chrono::nanoseconds::max());
    CHECK(backend.now() == polleros::noDeadline);
}

TEST_CASE("a wait that nothing could end says so instead of hanging") {
    Kernel kernel;
    kernel.opened(seqN(1), inRead);
    CHECK(kernel.wait(Timeout::never()).empty());
    CHECK(kernel.ec == Errc::wouldBlockForever);
    bool ran = false;
    kernel.world.after(1s, [&] { ran = true; });
    CHECK(kernel.wait(Timeout::never()).empty());
    CHECK(kernel.ec == Errc::wouldBlockForever);
    CHECK(ran);
}

TEMPLATE_TEST_CASE("a wake ends waits", "[threads]", Scripted, ScriptedLikePoll) {
    constexpr bool edges = TestType::capabilities().has(Capability::edge);
    std::error_code ec;
    typename TestType::Wake wake(Options{}, ec);
    REQUIRE_FALSE(ec);
    CHECK(wake.interest() == (edges ? inRead | inEdge : Interest(inRead)));
    Kernel<TestType> kernel;
    CHECK(kernel.add(1'000'000, polleros::wakerSeqN, wake.interest()) == Errc::badHandle);
    CHECK_FALSE(kernel.add(wake.handle(), polleros::wakerSeqN, wake.interest()));
    CHECK(kernel.backend.registered() == 0);
    CHECK(kernel.wait().empty());

    wake.signal();
    wake.signal();
    CHECK(kernel.told(Timeout::never()) == Names{polleros::wakerSeqN});
    if (!edges) {
        CHECK(kernel.told() == Names{polleros::wakerSeqN}); // until it is drained
    }
    wake.drain();
    CHECK(kernel.wait().empty());

    // Beside what is ready, and with room of its own.
    kernel.opened(seqN(1), inRead, ReadyFlag::read);
    wake.signal();
    CHECK(kernel.told() == Names{polleros::wakerSeqN, seqN(1)});
    wake.drain();
    kernel.world.clearReady(3);

    // From an action, in virtual time.
    kernel.world.after(1s, [&] { wake.signal(); });
    CHECK(kernel.told(1h) == Names{polleros::wakerSeqN});
    CHECK(kernel.backend.now() == ScriptedKernel::start + 1s);
    wake.drain();

    // From other threads, in real time.
    for (int round = 0; round < 200; ++round) {
        std::thread thread([&] { wake.signal(); });
        CHECK(kernel.told(Timeout::never()) == Names{polleros::wakerSeqN});
        wake.drain();
        thread.join();
        while (!kernel.wait().empty()) {
            wake.drain();
        }
    }

    SECTION("not after it was removed") {
        kernel.backend.remove(wake.handle(), polleros::wakerSeqN, wake.interest(), When::now);
        CHECK_FALSE(kernel.backend.calls().back().result);
    }
    SECTION("not after a new set was made") {
        CHECK_FALSE(kernel.backend.renew());
    }
    wake.signal();
    CHECK(kernel.wait().empty());
    // What was rung before is heard by who listens from now on.
    CHECK_FALSE(kernel.add(wake.handle(), polleros::wakerSeqN, wake.interest()));
    CHECK(kernel.wait().size() == 1);
}

TEST_CASE("many wakes from many threads: the last one is never lost", "[threads]") {
    std::error_code ec;
    Scripted::Wake wake(Options{}, ec);
    Kernel kernel;
    CHECK_FALSE(kernel.add(wake.handle(), polleros::wakerSeqN, wake.interest()));
    std::atomic<int> sent{0};
    std::vector<std::thread> threads;
    for (int index = 0; index < 4; ++index) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5'000; ++round) {
                sent.fetch_add(1);
                wake.signal();
            }
        });
    }
    while (sent.load() < 20'000) {
        REQUIRE(kernel.backend.wait(Timeout::never(), ec) == 1);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_CASE("wakes find each other by number only, in any order of life") {
    std::error_code ec;
    auto first = std::make_unique<Scripted::Wake>(Options{}, ec);
    auto second = std::make_unique<Scripted::Wake>(Options{}, ec);
    auto third = std::make_unique<Scripted::Wake>(Options{}, ec);
    Kernel kernel;
    const NativeHandle gone = second->handle();
    second.reset();
    CHECK(kernel.add(gone, polleros::wakerSeqN, inRead) == Errc::badHandle);
    CHECK_FALSE(kernel.add(first->handle(), polleros::wakerSeqN, first->interest()));
    third->signal();
    CHECK(kernel.wait().empty());
    first->signal();
    CHECK(kernel.wait().size() == 1);
    CHECK_FALSE(kernel.add(third->handle(), polleros::wakerSeqN, third->interest()));
    CHECK(kernel.wait().size() == 1); // it had rung before
}
