// SPDX-License-Identifier: MIT
// D3: a registration that fails, for the system or for want of memory, and what it leaves.
#include "loop.hpp"
#include "support/refusals.hpp"

#include <algorithm>
#include <cerrno>

namespace polleros_test {
namespace {

// Registrations of this handle fail, from the nth call on that they take.
template <class TheSetting>
Faults<TestCalls> refusing(NativeHandle handle, int error, std::size_t nth = 1, std::size_t times = 1) {
    return Faults<TestCalls>(
        {{.call = registering<TheSetting>, .handle = handle, .nth = nth, .times = times, .error = nativeCode(error)}});
}

constexpr EventKinds both = EventKind::readable | EventKind::writable;

} // namespace

TEMPLATE_TEST_CASE("D3 a first registration that the system refuses leaves nothing behind", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    for (const int error : {ENOMEM, ENOSPC}) {
        for (std::size_t nth = 1; nth <= callsForTwo<TestType>; ++nth) {
            CAPTURE(error, nth);
            Loop<TestType> loop;
            const FdPair pair = makePair(PairKind::tcp);
            const NativeHandle handle = pair.ours.get();
            writeBytes(pair.peer.get(), 1);
            Watched watched;
            bool called = false;
            {
                const auto faults = refusing<TestType>(handle, error, nth);
                const std::error_code ec = loop.registerHandle(
                    handle, both, [&called, token = watched.give()](const Event&) { called = true; });
                CHECK(ec.value() == nativeCode(error));
                CHECK(faults.hits() == 1);
            }
            CHECK_FALSE(watched.isAlive());
            CHECK(loop.size() == 0);
            CHECK_FALSE(loop.deregisterHandle(handle));
            REQUIRE_FALSE(loop.note(handle, EventKind::writable, {.writableInterval = 0ms}));
            loop.untilTold(3);
            CHECK(loop.count(EventKind::writable) == 3);
            CHECK(loop.size() == 1);
            CHECK_FALSE(called);
        }
    }
}

TEMPLATE_TEST_CASE("D3 a registration that the system refuses leaves the former one", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    const int error = GENERATE(ENOMEM, ENOSPC);
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    std::size_t nth = 1;
    std::error_code ec;
    bool called = false;
    bool tried = false;
    Watched watched;
    const auto registerAnew = [&] {
        tried = true;
        const auto faults = refusing<TestType>(handle, error, nth);
        ec = loop.registerHandle(handle, both, [&, token = watched.give()](const Event&) { called = true; });
        CHECK(faults.hits() == 1);
    };
    bool inside = false;
    const auto react = [&](const Event&) {
        if (inside && !tried) {
            registerAnew();
        }
    };
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::writable, loop.noting(react), {.writableInterval = 0ms}));
    SECTION("before the loop") {
        registerAnew();
    }
    SECTION("the second of the calls that it takes") {
        nth = callsForTwo<TestType>;
        registerAnew();
    }
    SECTION("while the loop runs") {
        REQUIRE_FALSE(loop.start());
        registerAnew();
        loop.stop();
    }
    SECTION("inside the handler itself") {
        inside = true;
        loop.untilTold(1);
    }
    CHECK(ec.value() == nativeCode(error));
    CHECK_FALSE(watched.isAlive());
    CHECK(loop.size() == 1);
    writeBytes(pair.peer.get(), 1);
    const std::size_t before = loop.told.size();
    loop.untilTold(3);
    CHECK(loop.told.size() == before + 3);
    CHECK(loop.count(EventKind::readable) == 0);
    CHECK_FALSE(called);
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::readable, [&](const Event&) {
        called = true;
        loop.stop();
    }));
    loop.run();
    CHECK(called);
    CHECK(loop.told.size() == before + 3);
    CHECK(loop.size() == 1);
}

TEMPLATE_TEST_CASE("D3 what the system does not take back either is gone, and can be registered anew",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    const int error = GENERATE(ENOMEM, ENOSPC);
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    Watched former;
    int formerCalls = 0;
    bool called = false;
    bool alive = false;
    const auto registerAnew = [&] {
        const auto faults = refusing<TestType>(handle, error, 1, Fault::forEver);
        const std::error_code ec = loop.registerHandle(handle, both, [&](const Event&) { called = true; });
        CHECK(ec.value() == nativeCode(error));
        CHECK(loop.size() == 0);
    };
    bool registersAnew = true;
    std::atomic<bool> begun = false;
    std::atomic<bool> mayReturn = false;
    REQUIRE_FALSE(loop.registerHandle(handle, EventKind::writable,
                                      [&, token = former.give()](const Event&) {
                                          ++formerCalls;
                                          if (registersAnew) {
                                              registerAnew();
                                          } else {
                                              begun = true;
                                              await([&] { return mayReturn.load(); });
                                          }
                                          alive = former.isAlive(); // until it has returned
                                          loop.stop();
                                      },
                                      {.writableInterval = 0ms}));
    SECTION("before the loop") {
        registerAnew();
    }
    SECTION("inside the handler itself") {
        loop.run();
        CHECK(alive);
    }
    SECTION("while the handler runs, which is waited for") {
        registersAnew = false;
        REQUIRE_FALSE(loop.start());
        await([&] { return begun.load(); });
        std::thread ender([&] {
            std::this_thread::sleep_for(5ms);
            mayReturn = true;
        });
        registerAnew();
        CHECK(mayReturn);
        ender.join();
        loop.join();
    }
    CHECK_FALSE(former.isAlive());
    CHECK(loop.size() == 0);
    CHECK_FALSE(loop.deregisterHandle(handle));
    const int before = formerCalls;
    writeBytes(pair.peer.get(), 1);
    REQUIRE_FALSE(loop.note(handle, EventKind::readable));
    loop.untilTold(2);
    CHECK(loop.count(EventKind::readable) == 2);
    CHECK(loop.size() == 1);
    CHECK_FALSE(called);
    CHECK(formerCalls == before);
}

TEMPLATE_TEST_CASE("D4 a handle that the system does not go on watching as it must is told of once",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    if constexpr (!TestType::callsToChange) {
        GATE(TestType::name(), "it is not asked, or takes what it has back without fail");
    } else {
        const int error = GENERATE(ENOMEM, EIO);
        Loop<TestType> loop;
        const FdPair pair = makePair(PairKind::tcp);
        const NativeHandle handle = pair.ours.get();
        REQUIRE_FALSE(loop.note(handle, both, {.writableInterval = 1h}));
        {
            // When `writable` has been told, it is not watched for the time being.
            const Faults<TestCalls> faults({{.call = Call::epollModify, .handle = handle, .error = nativeCode(error)}});
            loop.untilTold(2);
            CHECK(faults.hits() == 1);
        }
        CHECK(loop.told[0].kind == EventKind::writable);
        CHECK(loop.told[1].kind == EventKind::error);
        CHECK(loop.told[1].error.value() == nativeCode(error));
        CHECK(loop.size() == 1);
        writeBytes(pair.peer.get(), 1);
        const FdPair other = makePair(PairKind::tcp);
        REQUIRE_FALSE(loop.note(other.ours.get(), EventKind::writable, {.writableInterval = 0ms}));
        loop.untilTold(5);
        CHECK(loop.countOf(handle) == 2); // nothing more
        REQUIRE_FALSE(loop.note(handle, EventKind::readable));
        CHECK(loop.deregisterHandle(other.ours.get()));
        loop.untilTold(2);
        CHECK(loop.countOf(handle) == 4);
    }
}

TEMPLATE_TEST_CASE("D3 a registration for which there is no memory is refused, and works later",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    ScarceMemory memory;
    polleros::DispatcherOptions options;
    options.poller.memory = memory.memory();
    Loop<TestType> loop(options);
    const FdPair pair = makePair(PairKind::unixStream);
    std::vector<Fd> duplicates;
    const std::size_t count = std::min<std::size_t>(200, allowDescriptors(300) - 100);
    std::size_t refusals = 0;
    for (std::size_t index = 0; index < count; ++index) {
        duplicates.push_back(duplicateOf(pair.ours.get()));
        const NativeHandle handle = duplicates.back().get();
        memory.isScarce = true;
        const std::error_code ec = loop.registerHandle(handle, EventKind::writable, [](const Event&) {});
        memory.isScarce = false;
        if (ec) {
            ++refusals;
            CHECK(ec == Errc::outOfMemory);
            CHECK(loop.size() == index);
            CHECK_FALSE(loop.deregisterHandle(handle));
            REQUIRE_FALSE(loop.registerHandle(handle, EventKind::writable, [](const Event&) {}));
        }
    }
    CHECK(refusals > 1);
    CHECK(loop.size() == count);
    const std::size_t before = memory.refused;
    memory.isScarce = true; // who is there has all that it takes to be registered anew
    for (const Fd& duplicate : duplicates) {
        REQUIRE_FALSE(loop.note(duplicate.get(), both));
    }
    memory.isScarce = false;
    CHECK(memory.refused == before);
    loop.until([&] { return loop.told.size() >= count; });
    for (const Fd& duplicate : duplicates) {
        CHECK(loop.countOf(duplicate.get()) == 1);
    }
    CHECK(loop.size() == count);
}

} // namespace polleros_test
