// SPDX-License-Identifier: MIT
// D2, D3: registering and deregistering, and what cannot be.
#include "loop.hpp"
#include "support/allocations.hpp"

#include <algorithm>

namespace polleros_test {

TEMPLATE_TEST_CASE("D2 who is deregistered is told nothing more, and its handler is gone", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    Watched watched;
    REQUIRE_FALSE(
        loop.registerHandle(handle, EventKind::readable | EventKind::writable,
                            [note = loop.noting(), token = watched.give()](const Event& event) mutable { note(event); },
                            {.writableInterval = 0ms}));
    loop.untilTold(2);
    CHECK(watched.isAlive());
    CHECK(loop.deregisterHandle(handle));
    CHECK_FALSE(watched.isAlive());
    CHECK(loop.size() == 0);
    writeBytes(pair.peer.get(), 1);
    pair.ours.close();
    const std::size_t before = loop.told.size();
    loop.during(20ms);
    CHECK(loop.told.size() == before);
}

TEMPLATE_TEST_CASE("D2 who is unknown or closed is deregistered without ado", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    CHECK_FALSE(loop.deregisterHandle(handle));
    CHECK_FALSE(loop.deregisterHandle(polleros::invalidHandle));
    REQUIRE_FALSE(loop.note(handle, EventKind::readable));
    pair.ours.close();
    CHECK(loop.deregisterHandle(handle));
    CHECK_FALSE(loop.deregisterHandle(handle));
    loop.during(10ms);
    CHECK(loop.told.empty());
}

TEMPLATE_TEST_CASE("D2 a handler that deregisters itself goes on, and dies when it has returned",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    Watched watched;
    int calls = 0;
    bool alive = false;
    auto handler = [&, big = std::array<char, 100>{}, token = watched.give()](const Event&) mutable {
        ++calls;
        CHECK(loop.deregisterHandle(handle));
        CHECK_FALSE(loop.deregisterHandle(handle));
        big[99] = 1;
        alive = token != nullptr && watched.isAlive();
        loop.stop();
    };
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::readable | EventKind::writable, std::move(handler),
                                      {.writableInterval = 0ms}));
    loop.run();
    CHECK(alive);
    CHECK_FALSE(watched.isAlive());
    CHECK(calls == 1);
    writeBytes(pair.peer.get(), 1);
    loop.during(10ms);
    CHECK(calls == 1);
}

TEMPLATE_TEST_CASE("D2 a handler deregisters its neighbours, of which the same wait has brought something",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    std::vector<FdPair> pairs;
    for (int index = 0; index < 10; ++index) {
        pairs.push_back(makePair(PairKind::tcp));
        writeBytes(pairs.back().peer.get(), 1);
        static_cast<void>(pollFor(pairs.back().ours.get(), polleros_test::readable, 5000));
    }
    const auto deregisterOthers = [&](const Event& event) {
        for (FdPair& other : pairs) {
            if (other.ours && other.ours.get() != event.handle) {
                CHECK(loop.deregisterHandle(other.ours.get()));
                other.ours.close();
            }
        }
    };
    for (const FdPair& pair : pairs) {
        REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::readable, loop.noting(deregisterOthers)));
    }
    loop.untilTold(1);
    CHECK(loop.size() == 1);
    CHECK(loop.told.size() == 1);
    loop.untilTold(2);
    CHECK(loop.countOf(loop.told[0].handle) == 3);
}

TEMPLATE_TEST_CASE("D3 who is registered twice is told by the second handler alone", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    writeBytes(pair.peer.get(), 1);
    Watched watched;
    int former = 0;
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::readable,
                                      [&former, token = watched.give()](const Event&) { ++former; }));
    SECTION("before the loop") {
        REQUIRE_FALSE(loop.note(handle, EventKind::writable));
        CHECK_FALSE(watched.isAlive());
        CHECK(loop.size() == 1);
        loop.untilTold(2);
        CHECK(former == 0);
        CHECK(loop.count(EventKind::readable) == 0);
    }
    SECTION("while the loop runs") {
        REQUIRE_FALSE(loop.start());
        REQUIRE_FALSE(loop.note(handle, EventKind::writable));
        CHECK_FALSE(watched.isAlive());
        const int before = former;
        loop.stop();
        CHECK(former == before);
        loop.untilTold(1);
        CHECK(former == before);
    }
}

TEMPLATE_TEST_CASE("D3 a handler registers its own handle anew", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    Watched watched;
    int former = 0;
    auto handler = [&, token = watched.give()](const Event&) {
        ++former;
        CHECK_FALSE(loop.note(handle, EventKind::readable));
        CHECK(watched.isAlive());
    };
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::writable, std::move(handler)));
    writeBytes(pair.peer.get(), 1);
    loop.untilTold(2);
    CHECK(former == 1);
    CHECK_FALSE(watched.isAlive());
    CHECK(loop.size() == 1);
    CHECK(loop.count(EventKind::readable) == 2);
}

TEMPLATE_TEST_CASE("D3 what cannot be registered is refused, and nothing has changed", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    REQUIRE_FALSE(loop.note(handle, EventKind::writable));
    CHECK(loop.registerHandle(handle, EventKind::readable, nullptr) == Errc::noHandler);
    CHECK(loop.registerHandle(handle, EventKind::readable, std::function<void(const Event&)>()) == Errc::noHandler);
    CHECK(loop.registerHandle(handle, {}, loop.noting()) == Errc::noHandler);
    CHECK(loop.registerHandle(handle, EventKinds::fromBits(0x40), loop.noting()) == Errc::noHandler);
    CHECK(loop.note(polleros::invalidHandle, EventKind::readable) == Errc::badHandle);
    const NativeHandle closed = [] {
        const Fd fd = freshTcp();
        return fd.get();
    }();
    CHECK(loop.note(closed, EventKind::readable) == Errc::badHandle);
    for (const Fd& file : unwaitables()) {
        CHECK(loop.note(file.get(), EventKind::readable));
    }
    CHECK(loop.size() == 1);
    loop.untilTold(1);
    CHECK(loop.told[0].handle == handle);
}

TEMPLATE_TEST_CASE("D3 a number that is somebody else's by now does not reach the former handler",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle number = pair.ours.get();
    int former = 0;
    REQUIRE_FALSE(loop.registerHandle(number, EventKind::readable, [&](const Event&) { ++former; }));
    writeBytes(pair.peer.get(), 1);
    const bool duplicated = GENERATE(false, true); // the old file lives on
    const Fd duplicate = duplicated ? duplicateOf(number) : Fd();
    FdPair other = makePair(PairKind::tcp);
    other.ours = forceFdNumber(std::move(other.ours), number);
    REQUIRE_FALSE(loop.note(number, EventKind::writable));
    loop.untilTold(2);
    CHECK(former == 0);
    CHECK(loop.count(EventKind::writable) == 2);
    CHECK(loop.size() == 1);
}

TEMPLATE_TEST_CASE("D2 there may be as many as there are descriptors", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    const std::size_t most = sanitized || isTranslated() || TestType::isKqueue || Kernel::slowness > 1 ? 500 : 17'000;
    const std::size_t count = std::min(most, allowDescriptors(most + 100) - 100);
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::unixStream);
    std::vector<Fd> duplicates;
    for (std::size_t index = 0; index < count; ++index) {
        duplicates.push_back(duplicateOf(pair.ours.get()));
        if (loop.note(duplicates.back().get(), EventKind::readable)) {
            FAIL("the socket number " << index << " was refused");
        }
    }
    CHECK(loop.size() == count);
    for (const Fd& duplicate : duplicates) {
        if (!loop.deregisterHandle(duplicate.get())) {
            FAIL("not there");
        }
    }
    CHECK(loop.size() == 0);
}

TEMPLATE_TEST_CASE("D2 registering and deregistering for ever needs no memory", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::unixStream);
    int failures = 0;
    const auto cycles = [&](int count) {
        for (int cycle = 0; cycle < count; ++cycle) {
            failures += loop.registerHandle(pair.ours.get(), EventKind::readable, [&](const Event&) {}) ? 1 : 0;
            failures += loop.registerHandle(pair.ours.get(), EventKind::writable, [&](const Event&) {}) ? 1 : 0;
            failures += loop.deregisterHandle(pair.ours.get()) ? 0 : 1;
        }
    };
    cycles(10);
    const AllocationCount count;
    cycles(sanitized || isTranslated() ? 500 : 20'000);
    const std::size_t made = count.allocations();
    CHECK(made == 0);
    CHECK(failures == 0);
}

TEMPLATE_TEST_CASE("D1 a dispatcher that could not be made says so at every call", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    std::error_code ec;
    polleros::DispatcherOptions options;
    options.poller.memory = {[](void*, void*, std::size_t, std::size_t) -> void* { return nullptr; }};
    polleros::Dispatcher<typename TestType::Backend> dispatcher(options, ec);
    CHECK(ec == Errc::outOfMemory);
    const FdPair pair = makePair(PairKind::tcp);
    CHECK(dispatcher.registerHandle(pair.ours.get(), EventKind::writable, [](const Event&) {}) == Errc::badPoller);
    CHECK_FALSE(dispatcher.deregisterHandle(pair.ours.get()));
    CHECK(dispatcher.start() == Errc::badPoller);
    dispatcher.run(ec);
    CHECK(ec == Errc::badPoller);
    dispatcher.stop();
    dispatcher.join();
    CHECK(dispatcher.size() == 0);
}

} // namespace polleros_test
