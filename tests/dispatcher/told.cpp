// SPDX-License-Identifier: MIT
// D4: what is told, and that an error is told once.
#include "loop.hpp"

#include <algorithm>

namespace polleros_test {
namespace {

// That of the last event, which must be the only error so far.
template <class Loop>
std::error_code onlyError(const Loop& loop) {
    CHECK(loop.count(EventKind::error) == 1);
    REQUIRE_FALSE(loop.told.empty());
    CHECK(loop.told.back().kind == EventKind::error);
    return loop.told.back().error;
}

// Nothing is told for a while, and waiting costs nothing.
template <class Loop>
void checkSilence(Loop& loop) {
    const std::size_t before = loop.told.size();
    const CpuBudget budget;
    loop.during(50ms);
    CHECK(loop.told.size() == before);
}

template <class Loop>
bool hasError(const Loop& loop) {
    return loop.count(EventKind::error) != 0;
}

} // namespace

TEMPLATE_TEST_CASE("D4 what is asked is told for as long as it lasts, and nothing else", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    writeBytes(pair.peer.get(), 1);
    loop.untilTold(3);
    CHECK(loop.count(EventKind::readable) == 3);
    CHECK(loop.told[0].handle == pair.ours.get());
    CHECK_FALSE(loop.told[0].error);
    readAll(pair.ours.get());
    checkSilence(loop);
}

TEMPLATE_TEST_CASE("D4 the end of the stream comes behind all data, once", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    for (const PairKind kind : {PairKind::tcp, PairKind::unixStream}) {
        for (const bool half : {false, true}) {
            CAPTURE(static_cast<int>(kind), half);
            Loop<TestType> loop;
            FdPair pair = makePair(kind);
            const NativeHandle handle = pair.ours.get();
            writeBytes(pair.peer.get(), 100);
            if (half) {
                halfClose(pair.peer.get());
            } else {
                pair.peer.close();
            }
            static_cast<void>(pollFor(handle, endOfStream, 5000));
            std::size_t got = 0;
            const auto readSlowly = [&](const Event& event) {
                if (event.kind == EventKind::readable) {
                    const ReadResult read = readSome(handle, 10);
                    CHECK_FALSE(read.end);
                    got += read.bytes;
                }
            };
            REQUIRE_FALSE(
                loop.registerHandle(handle, EventKind::readable | EventKind::writable, loop.noting(readSlowly)));
            loop.until([&] { return hasError(loop); });
            CHECK(got == 100);
            CHECK(onlyError(loop) == Errc::endOfStream);
            checkSilence(loop);
            REQUIRE_FALSE(loop.note(handle, EventKind::readable)); // anew, and so it is told again
            loop.untilTold(1);
            CHECK(loop.told.back().error == Errc::endOfStream);
        }
    }
}

TEMPLATE_TEST_CASE("D4 a reset is told once, whatever is asked", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    for (const EventKinds kinds : {EventKinds(EventKind::readable), EventKinds(EventKind::writable),
                                   EventKind::readable | EventKind::writable, EventKinds(EventKind::error)}) {
        CAPTURE(kinds.bits());
        Loop<TestType> loop;
        FdPair pair = makePair(PairKind::tcp);
        fillSend(pair.ours.get());
        REQUIRE_FALSE(loop.note(pair.ours.get(), kinds, {.writableInterval = 0ms}));
        closeWithReset(pair.peer);
        loop.until([&] { return hasError(loop); });
        const std::error_code ec = onlyError(loop);
        CHECK((ec.value() == nativeCode(ECONNRESET) || !Kernel::readTellsReset));
        checkSilence(loop);
        CHECK(loop.size() == 1);
    }
}

TEMPLATE_TEST_CASE("D4 when an error is told the kernel has forgotten the handle", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    if constexpr (!TestType::countsChanges) {
        GATE(TestType::name(), "between two waits it knows nothing");
    } else {
        Loop<TestType> loop;
        FdPair pair = makePair(PairKind::tcp);
        CallCounts before;
        std::size_t changes = 0;
        const auto count = [&](const Event&) { changes = (TestCalls::counts() - before).controls(); };
        REQUIRE_FALSE(loop.registerHandle(pair.ours.get(), EventKind::readable, loop.noting(count)));
        pair.peer.close();
        before = TestCalls::counts();
        loop.untilTold(1);
        CHECK(onlyError(loop) == Errc::endOfStream);
        CHECK(changes == 1);
        CHECK(loop.deregisterHandle(pair.ours.get()));
        CHECK((TestCalls::counts() - before).controls() == 1);
    }
}

TEMPLATE_TEST_CASE("D4 a refused connect is told once", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const Fd client = connectTcp(deadPort());
    REQUIRE_FALSE(loop.note(client.get(), EventKind::readable | EventKind::writable));
    loop.until([&] { return hasError(loop); });
    CHECK(onlyError(loop).value() == nativeCode(ECONNREFUSED));
    CHECK(loop.told.size() == 1);
    checkSilence(loop);
}

TEMPLATE_TEST_CASE("D4 a connect that succeeds is writable, and a listener readable", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const TcpListener listener = listenTcp();
    REQUIRE_FALSE(loop.note(listener.fd.get(), EventKind::readable));
    const Fd client = connectTcp(listener.port);
    REQUIRE_FALSE(loop.note(client.get(), EventKind::writable));
    loop.until([&] { return loop.countOf(client.get()) != 0 && loop.countOf(listener.fd.get()) != 0; });
    CHECK(loop.count(EventKind::error) == 0);
    CHECK(acceptNow(listener.fd.get()));
}

TEMPLATE_TEST_CASE("D4 a handle that is closed unasked is told of once at most", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable));
    pair.ours.close();
    const CpuBudget budget;
    loop.during(80ms); // on Windows it may take longer, and then it is not told here
    CHECK(loop.told.size() <= 1);
    CHECK((loop.told.empty() || onlyError(loop) == Errc::badHandle));
    CHECK(loop.size() == 1);
}

TEMPLATE_TEST_CASE("D4 a dead handle that was not told of yet is registered anew, and only the new one is told",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair dead = makePair(PairKind::tcp);
    const NativeHandle number = dead.ours.get();
    FdPair first = makePair(PairKind::tcp);
    FdPair fresh = makePair(PairKind::tcp);
    int former = 0;
    // Whichever of the two is told first: a handler runs while it is known that the other handle is dead.
    const auto recycle = [&](const Event&) {
        if (fresh.ours.get() != number) {
            fresh.ours = forceFdNumber(std::move(fresh.ours), number);
            former = 0;
            CHECK_FALSE(loop.note(number, EventKind::writable));
        }
    };
    REQUIRE_FALSE(loop.registerHandle(first.ours.get(), EventKind::writable, loop.noting(recycle)));
    REQUIRE_FALSE(loop.registerHandle(number, EventKind::readable, [&](const Event&) { ++former; }));
    dead.ours.close();
    loop.until([&] { return loop.countOf(number) >= 2; });
    CHECK(former == 0);
    CHECK(loop.count(EventKind::error) == 0);
}

TEMPLATE_TEST_CASE("D4 who keeps half-open is told the end once, and goes on writing", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    const NativeHandle handle = pair.ours.get();
    REQUIRE_FALSE(
        loop.note(handle, EventKind::readable | EventKind::writable, {.writableInterval = 0ms, .keepHalfOpen = true}));
    halfClose(pair.peer.get());
    loop.until([&] { return hasError(loop) && loop.told.back().kind == EventKind::writable; });
    CHECK(loop.count(EventKind::error) == 1);
    loop.untilTold(20);
    CHECK(loop.count(EventKind::error) == 1);
    CHECK(loop.count(EventKind::readable) == 0);
    const auto end = std::find_if(loop.told.begin(), loop.told.end(),
                                  [](const Event& event) { return event.kind == EventKind::error; });
    CHECK(end->error == Errc::endOfStream);
    closeWithReset(pair.peer);
    loop.until([&] { return loop.count(EventKind::error) == 2; });
    checkSilence(loop);
}

TEMPLATE_TEST_CASE("D4 who does not is told nothing more after a half-close", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable | EventKind::writable, {.writableInterval = 0ms}));
    halfClose(pair.peer.get());
    loop.until([&] { return hasError(loop); });
    CHECK(onlyError(loop) == Errc::endOfStream);
    checkSilence(loop);
}

TEMPLATE_TEST_CASE("D4 half closed and full, with nothing but writable asked: nothing to tell", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::tcp);
    fillSend(pair.ours.get());
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::writable));
    halfClose(pair.peer.get());
    static_cast<void>(pollFor(pair.ours.get(), endOfStream, 5000));
    checkSilence(loop);
    CHECK(loop.told.empty());
}

TEMPLATE_TEST_CASE("D4 who asks for errors alone is not troubled by data", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::error));
    writeBytes(pair.peer.get(), 10);
    checkSilence(loop);
    CHECK(loop.told.empty());
    pair.peer.close();
    if (TestType::tellsEndBehindData) {
        loop.untilTold(1);
        CHECK(onlyError(loop) == Errc::endOfStream);
    }
    checkSilence(loop);
}

TEMPLATE_TEST_CASE("D4 an empty datagram is no end", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    const Fd socket = udpToItself();
    REQUIRE_FALSE(loop.note(socket.get(), EventKind::readable));
    tryWrite(socket.get(), "", 0);
    loop.untilTold(2);
    CHECK(loop.count(EventKind::readable) == 2);
}

TEMPLATE_TEST_CASE("D4 the ends of a pipe are told, too", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    if (!Kernel::waitsForPipes) {
        GATE(TestType::name(), "pipes are nothing to wait for");
    }
    Loop<TestType> loop;
    FdPair pipe = makePair(PairKind::pipe);
    SECTION("the writer is gone") {
        writeBytes(pipe.peer.get(), 5);
        pipe.peer.close();
        std::size_t got = 0;
        REQUIRE_FALSE(loop.registerHandle(pipe.ours.get(), EventKind::readable, loop.noting([&](const Event& event) {
            got += event.kind == EventKind::readable ? readSome(pipe.ours.get(), 1).bytes : 0;
        })));
        loop.until([&] { return hasError(loop); });
        CHECK(got == 5);
        CHECK(onlyError(loop) == Errc::endOfStream);
    }
    SECTION("the reader is gone") {
        REQUIRE_FALSE(loop.note(pipe.peer.get(), EventKind::writable));
        loop.untilTold(1);
        pipe.ours.close();
        // Some kqueues tell the end of a pipe as room for more: who then writes learns of it.
        loop.until([&] { return hasError(loop) || (TestType::isKqueue && loop.told.size() == 2); });
        if (!hasError(loop)) {
            return;
        }
        CHECK(onlyError(loop) == std::errc::broken_pipe);
    }
    checkSilence(loop);
}

} // namespace polleros_test
