// SPDX-License-Identifier: MIT
// What backend::Scripted is a kernel of: handles, readiness, registrations, worlds.
#include "scripted_world.hpp"

static_assert(Backend<Scripted>);
static_assert(Backend<ScriptedLikePoll>);
static_assert(Backend<BasicScripted<>>);
static_assert(!std::is_copy_constructible_v<Scripted> && !std::is_move_constructible_v<Scripted>);

TEST_CASE("it is named, and can what it was made to") {
    CHECK(Scripted::name() == "scripted");
    CHECK(Scripted::capabilities().hasAll({Capability::hangupOnly, Capability::priority, Capability::anyHandle,
                                           Capability::subMillisecond, Capability::edge, Capability::tellsDuplicates}));
    CHECK_FALSE(ScriptedLikePoll::capabilities().has(Capability::tellsDuplicates));
    CHECK(BasicScripted<>::capabilities().empty());
}

TEST_CASE("handles are the lowest free numbers") {
    Kernel kernel;
    auto& world = kernel.world;
    CHECK(world.openHandle() == 3);
    CHECK(world.openHandle() == 4);
    CHECK(world.openHandle() == 5);
    CHECK(world.close(4));
    CHECK(world.close(3));
    CHECK_FALSE(world.close(3));
    CHECK_FALSE(world.isOpen(3));
    CHECK(world.openHandle() == 3);
    CHECK(world.duplicate(5) == 4);
    CHECK(world.openHandle() == 6);
    CHECK_FALSE(world.close(polleros::invalidHandle));
    CHECK_FALSE(world.close(1'000));

    world.duplicateTo(6, 9); // leaves a gap
    CHECK(world.isOpen(9));
    CHECK(world.openHandle() == 7);
    world.duplicateTo(6, 8);
    CHECK(world.openHandle() == 10);
    world.duplicateTo(6, 6);
    CHECK(world.isOpen(6));
    world.duplicateTo(6, 0); // standard input is a number as any other
    CHECK(world.isOpen(0));
}

TEST_CASE("what is told follows the interest, errors and full hang-ups come unasked") {
    struct Row {
        Readiness state;
        Interest interest;
        Readiness told;
    };
    constexpr auto read = ReadyFlag::read;
    constexpr auto write = ReadyFlag::write;
    constexpr auto error = ReadyFlag::error;
    constexpr auto hangup = ReadyFlag::hangup;
    constexpr auto priority = ReadyFlag::priority;
    constexpr auto readEnd = ReadyFlag::readEnd;
    const Interest all{inRead, inWrite, inPriority, inHangup};
    const std::vector<Row> rows{
        // connected and idle
        {write, {}, {}},
        {write, inRead, {}},
        {write, inWrite, write},
        {write, all, write},
        // the peer's FIN, drained
        {write | readEnd, {}, {}},
        {write | readEnd, inRead, read},
        {write | readEnd, inWrite, write},
        {write | readEnd, inHangup, readEnd},
        {write | readEnd, all, read | write | readEnd},
        // a reset
        {Readiness{read, write, error, hangup, readEnd}, {}, error | hangup},
        {Readiness{read, write, error, hangup, readEnd}, inRead, Readiness{read, error, hangup}},
        {Readiness{read, write, error, hangup, readEnd}, inWrite, Readiness{write, error, hangup}},
        {Readiness{read, write, error, hangup, readEnd}, all, Readiness{read, write, error, hangup, readEnd}},
        // an urgent byte is nothing to read
        {write | priority, inRead, {}},
        {write | priority, all, write | priority},
        // a drained pipe without writers; a full one without readers
        {hangup, inRead, hangup},
        {error, inWrite, error},
    };
    for (const Row& row : rows) {
        INFO("state " << int{row.state.bits()} << ", interest " << int{row.interest.bits()});
        Kernel epoll;
        epoll.opened(seqN(1), row.interest, row.state);
        Kernel<ScriptedLikePoll> poll;
        poll.opened(seqN(1), row.interest, row.state);
        for (const std::vector<Ready>& batch : {epoll.wait(), poll.wait()}) {
            REQUIRE(batch.size() == (row.told.empty() ? 0U : 1U));
            if (!batch.empty()) {
                CHECK(batch[0].seqN == seqN(1));
                CHECK(batch[0].readiness.bits() == row.told.bits());
                CHECK(batch[0].failure == 0);
            }
        }
    }
}

TEST_CASE("a kernel that cannot watch something does not") {
    Kernel<BasicScripted<>> kernel;
    const NativeHandle handle =
        kernel.opened(seqN(1), {inHangup, inPriority}, ReadyFlag::readEnd | ReadyFlag::priority);
    CHECK(kernel.wait().empty());
    CHECK(kernel.backend.calls()[0].interest == (inHangup | inPriority)); // what was asked for
    kernel.world.setReady(handle, ReadyFlag::hangup);
    CHECK(kernel.wait().size() == 1);
}

TEST_CASE("readiness is told again until it ends, and not longer") {
    Kernel kernel;
    const NativeHandle handle = kernel.opened(seqN(1), inRead);
    CHECK(kernel.wait().empty());
    kernel.world.setReady(handle, ReadyFlag::read);
    for (int round = 0; round < 3; ++round) {
        CHECK(kernel.told() == Names{seqN(1)});
    }
    kernel.world.clearReady(handle, ReadyFlag::write);
    CHECK(kernel.wait().size() == 1);
    kernel.world.clearReady(handle);
    CHECK(kernel.wait().empty());
    CHECK(kernel.world.readinessOf(handle).empty());
}

TEST_CASE("with edge interest a state is told once, and again when it is set again or the interest is") {
    Kernel kernel;
    const NativeHandle handle = kernel.opened(seqN(1), inRead | inEdge, ReadyFlag::read);
    CHECK(kernel.wait().size() == 1);
    CHECK(kernel.wait().empty());
    kernel.world.setReady(handle, ReadyFlag::read);
    CHECK(kernel.wait().size() == 1);
    CHECK(kernel.wait().empty());
    REQUIRE_FALSE(kernel.backend.modify(handle, seqN(1), inRead | inEdge, inRead | inEdge));
    CHECK(kernel.wait().size() == 1);
}

TEST_CASE("add refuses what a kernel refuses") {
    Kernel kernel;
    CHECK(kernel.add(77, seqN(1), inRead) == Errc::badHandle);
    CHECK(kernel.add(polleros::invalidHandle, seqN(1), inRead) == Errc::badHandle);
    CHECK(kernel.add(kernel.world.openUnpollable(), seqN(1), inRead) == Errc::unsupportedHandle);
    CHECK(kernel.backend.registered() == 0);

    const NativeHandle handle = kernel.opened(seqN(1), inRead, ReadyFlag::read);
    CHECK(kernel.add(handle, seqN(2), inRead) == Errc::alreadyAttached);
    CHECK(kernel.told() == Names{seqN(1)});
    CHECK_FALSE(kernel.add(handle, seqN(2), inRead, Occupied::takeOver));
    CHECK(kernel.told() == Names{seqN(2)});
    CHECK(kernel.backend.registered() == 1);
}

TEST_CASE("modify and remove meet what is there, or say that it is gone") {
    Kernel kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    const NativeHandle handle = kernel.opened(seqN(1), inRead, ReadyFlag::read | ReadyFlag::write);
    CHECK(backend.interestOf(handle) == Interest(inRead));
    REQUIRE_FALSE(backend.modify(handle, seqN(1), inRead, inWrite));
    CHECK(backend.interestOf(handle) == Interest(inWrite));
    CHECK(kernel.wait()[0].readiness == Readiness(ReadyFlag::write));
    backend.remove(handle, seqN(1), inWrite, When::now);
    CHECK_FALSE(backend.interestOf(handle));
    CHECK(kernel.wait().empty());
    CHECK(backend.modify(handle, seqN(1), inRead, inWrite) == Errc::notFound);
    backend.remove(handle, seqN(1), inRead, When::now);
    CHECK(backend.calls().back().result == Errc::notFound);
    world.close(handle);
    CHECK(backend.modify(handle, seqN(1), inRead, inWrite) == Errc::badHandle);
}

TEST_CASE("keyed by file: closing drops the registration, unless a duplicate keeps it alive") {
    Kernel kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;

    const NativeHandle alone = kernel.opened(seqN(1), inRead, ReadyFlag::read);
    world.close(alone);
    CHECK(kernel.wait().empty());
    CHECK(backend.registered() == 0);
    // The number's next file is nobody's.
    REQUIRE(world.openHandle(ReadyFlag::read) == alone);
    CHECK(kernel.wait().empty());
    CHECK(backend.modify(alone, seqN(1), inRead, inWrite) == Errc::notFound);

    const NativeHandle kept = kernel.opened(seqN(2, 7), inRead);
    const NativeHandle duplicate = world.duplicate(kept);
    world.close(kept);
    backend.remove(kept, seqN(2, 7), inRead, When::now); // too late
    CHECK(backend.calls().back().result == Errc::badHandle);
    // The old registration goes on under the old name, though number and place have a new owner.
    REQUIRE(kernel.opened(seqN(3, 7), inRead) == kept);
    world.setReady(duplicate, ReadyFlag::read);
    CHECK(kernel.told() == Names{seqN(2, 7)});
    world.setReady(kept, ReadyFlag::read);
    CHECK(kernel.told() == Names{seqN(2, 7), seqN(3, 7)});
    CHECK(backend.registered() == 2);
    world.close(duplicate);
    CHECK(kernel.told() == Names{seqN(3, 7)});

    REQUIRE_FALSE(backend.renew());
    CHECK(backend.registered() == 0);
    CHECK(kernel.wait().empty());
    CHECK_FALSE(kernel.add(kept, seqN(4), inRead));
    CHECK(kernel.told() == Names{seqN(4)});
}

TEST_CASE("keyed by file: a leftover answers when its file comes back to its number") {
    Kernel kernel;
    auto& world = kernel.world;
    const NativeHandle handle = kernel.opened(seqN(1), inRead, ReadyFlag::read);
    const NativeHandle duplicate = world.duplicate(handle);
    world.close(handle);
    world.duplicateTo(duplicate, handle);
    CHECK(kernel.add(handle, seqN(2), inRead) == Errc::alreadyAttached);
    CHECK_FALSE(kernel.add(handle, seqN(2), inRead, Occupied::takeOver));
    CHECK(kernel.told() == Names{seqN(2)});
    // The same file under another number is another registration.
    CHECK_FALSE(kernel.add(duplicate, seqN(3), inRead));
    CHECK(kernel.told().size() == 2);
    world.duplicateTo(handle, handle); // nothing happens
    CHECK(kernel.told().size() == 2);
}

TEST_CASE("keyed by number: a closed one fails in the next wait, a reopened one goes on") {
    Kernel<ScriptedLikePoll> kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    const NativeHandle handle = kernel.opened(seqN(1), inRead);
    CHECK_FALSE(kernel.add(handle, seqN(2), inRead)); // cannot tell
    backend.remove(handle, seqN(2), inRead, When::now);
    const NativeHandle duplicate = world.duplicate(handle);

    world.close(handle);
    REQUIRE(world.openHandle(ReadyFlag::read) == handle);
    CHECK(kernel.told() == Names{seqN(1)});
    world.setReady(duplicate, ReadyFlag::read); // the old file is of no interest any more
    world.clearReady(handle);
    CHECK(kernel.wait().empty());

    world.close(handle);
    const std::vector<Ready> batch = kernel.wait();
    REQUIRE(batch.size() == 1);
    CHECK(batch[0].seqN == seqN(1));
    CHECK(failureOf(batch[0]) == errnoError(EBADF));
    CHECK(batch[0].readiness.empty());
    CHECK(kernel.wait().empty());
    CHECK(backend.registered() == 0);

    CHECK(kernel.add(handle, seqN(3), inRead) == Errc::badHandle);
    CHECK_FALSE(kernel.add(handle, seqN(3), inRead, Occupied::refuse, When::byNextWait));
    CHECK(failureOf(kernel.wait()[0]) == errnoError(EBADF));
    CHECK_FALSE(kernel.add(handle, seqN(4), inRead, Occupied::refuse, When::byNextWait));
    backend.remove(handle, seqN(4), inRead, When::now);
    CHECK(kernel.wait().empty());
}

TEST_CASE("several backends live in one world, each with what it registered itself") {
    Kernel kernel;
    auto& world = kernel.world;
    std::error_code ec;
    Scripted second(Options{}, ec);
    ScriptedLikePoll third(Options{}, ec);
    CHECK(&kernel.backend.kernel() == &world);
    CHECK(&third.kernel() == &world);

    const NativeHandle handle = kernel.opened(seqN(1), inRead);
    REQUIRE_FALSE(second.add(handle, seqN(2), inWrite, Occupied::refuse, When::now));
    REQUIRE_FALSE(third.add(handle, seqN(1), inRead, Occupied::refuse, When::now));
    world.setReady(handle, ReadyFlag::write);
    CHECK(kernel.wait().empty());
    REQUIRE(second.wait(Timeout::immediately(), ec) == 1);
    CHECK(second.ready(0).seqN == seqN(2));
    CHECK(kernel.backend.interestOf(handle) == Interest(inRead));
    CHECK(second.interestOf(handle) == Interest(inWrite));
    second.fail(Call::wait, EBADF);
    CHECK_FALSE(kernel.wait(1s).size());
    CHECK_FALSE(kernel.ec);
    CHECK(second.now() == ScriptedKernel::start + 1s);

    // Each meets a closed number in its own way.
    world.close(handle);
    CHECK(kernel.backend.registered() == 0);
    CHECK(second.registered() == 0);
    REQUIRE(third.wait(Timeout::immediately(), ec) == 1);
    CHECK(failureOf(third.ready(0)) == errnoError(EBADF));

    // What ends or begins anew takes only its own with it.
    const NativeHandle other = kernel.opened(seqN(3), inWrite, ReadyFlag::write);
    REQUIRE_FALSE(second.add(other, seqN(3), inWrite, Occupied::refuse, When::now));
    {
        Scripted fourth(Options{}, ec);
        REQUIRE_FALSE(fourth.add(other, seqN(3), inWrite, Occupied::refuse, When::now));
        CHECK(fourth.wait(Timeout::immediately(), ec) == 1);
    }
    REQUIRE_FALSE(second.renew());
    CHECK(second.registered() == 0);
    CHECK(kernel.told() == Names{seqN(3)});
}

TEST_CASE("a backend lives in the latest world of its thread, or in its own") {
    std::error_code ec;
    Scripted alone(Options{}, ec);
    Scripted alsoAlone(Options{}, ec);
    CHECK(&alone.kernel() != &alsoAlone.kernel());
    const NativeHandle handle = alone.kernel().openHandle(ReadyFlag::read);
    CHECK_FALSE(alone.add(handle, seqN(1), inRead, Occupied::refuse, When::now));
    CHECK(alone.wait(Timeout::never(), ec) == 1);

    const ScriptedKernel outer;
    {
        const ScriptedKernel inner;
        Scripted inInner(Options{}, ec);
        CHECK(&inInner.kernel() == &inner);
        std::thread([] {
            std::error_code failed;
            Scripted elsewhere(Options{}, failed);
            CHECK_FALSE(failed);
        }).join();
    }
    Scripted inOuter(Options{}, ec);
    CHECK(&inOuter.kernel() == &outer);
}

TEST_CASE("a small batch starves nobody, and grows to its limit") {
    Kernel kernel({.initialEvents = 2, .maxEvents = 3});
    for (std::uint64_t draw = 1; draw <= 10; ++draw) {
        kernel.opened(seqN(draw), inWrite, ReadyFlag::write);
    }
    CHECK(kernel.told() == Names{seqN(1), seqN(2)});
    CHECK(kernel.told() == Names{seqN(3), seqN(4), seqN(5)});
    CHECK(kernel.told() == Names{seqN(6), seqN(7), seqN(8)});
    CHECK(kernel.told() == Names{seqN(9), seqN(10), seqN(1)});

    // One whose readiness ends while it is queued takes nobody's room, and nobody is told twice.
    Kernel few({.maxEvents = 8});
    const NativeHandle first = few.opened(seqN(1), inWrite, ReadyFlag::write);
    few.opened(seqN(2), inWrite, ReadyFlag::write);
    CHECK(few.told() == Names{seqN(1), seqN(2)});
    few.world.clearReady(first);
    CHECK(few.told() == Names{seqN(2)});
    few.world.setReady(first, ReadyFlag::write);
    CHECK(few.told() == Names{seqN(2), seqN(1)});
}
