// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"

#include <polleros/backend/scripted.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using polleros::Backend;
using polleros::Capability;
using polleros::Errc;
using polleros::Interest;
using polleros::InterestFlag;
using polleros::NativeHandle;
using polleros::Occupied;
using polleros::Options;
using polleros::Readiness;
using polleros::Ready;
using polleros::ReadyFlag;
using polleros::SeqN;
using polleros::Timeout;
using polleros::TimePoint;
using polleros::When;
using polleros::backend::BasicScripted;
using polleros::backend::Scripted;
using polleros::backend::ScriptedKernel;
using polleros::backend::ScriptedLikePoll;
using Call = Scripted::Call;

static_assert(Backend<Scripted>);
static_assert(Backend<ScriptedLikePoll>);
static_assert(Backend<BasicScripted<>>);
static_assert(!std::is_copy_constructible_v<Scripted> && !std::is_move_constructible_v<Scripted>);

namespace {

constexpr auto inRead = InterestFlag::read;
constexpr auto inWrite = InterestFlag::write;
constexpr auto inHangup = InterestFlag::hangup;
constexpr auto inPriority = InterestFlag::priority;
constexpr auto inEdge = InterestFlag::edge;

SeqN seqN(std::uint64_t draw, polleros::detail::Place place) {
    return polleros::detail::makeSeqN(draw, place);
}
// One place per draw, as for channels that are never deleted.
SeqN seqN(std::uint64_t draw) {
    return seqN(draw, static_cast<polleros::detail::Place>(draw));
}

// A world with one backend in it, and the calls of that with less to write.
template <class B = Scripted>
struct Kernel {
    explicit Kernel(Options options = {}) : backend(options, ec) { REQUIRE_FALSE(ec); }

    std::error_code add(NativeHandle handle, SeqN name, Interest interest, Occupied occupied = Occupied::refuse,
                        When when = When::now) {
        return backend.add(handle, name, interest, occupied, when);
    }
    NativeHandle opened(SeqN name, Interest interest, Readiness ready = {}) {
        const NativeHandle handle = world.openHandle(ready);
        REQUIRE_FALSE(add(handle, name, interest));
        return handle;
    }
    std::vector<Ready> wait(Timeout timeout = Timeout::immediately()) {
        const std::size_t count = backend.wait(timeout, ec);
        std::vector<Ready> batch;
        for (std::size_t index = 0; index < count; ++index) {
            batch.push_back(backend.ready(index));
        }
        return batch;
    }
    std::vector<SeqN> told(Timeout timeout = Timeout::immediately()) {
        std::vector<SeqN> names;
        for (const Ready& entry : wait(timeout)) {
            names.push_back(entry.seqN);
        }
        return names;
    }

    std::error_code ec;
    ScriptedKernel world;
    B backend;
};

using Names = std::vector<SeqN>;

} // namespace

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
    CHECK(batch[0].failure == EBADF);
    CHECK(batch[0].readiness.empty());
    CHECK(kernel.wait().empty());
    CHECK(backend.registered() == 0);

    CHECK(kernel.add(handle, seqN(3), inRead) == Errc::badHandle);
    CHECK_FALSE(kernel.add(handle, seqN(3), inRead, Occupied::refuse, When::byNextWait));
    CHECK(kernel.wait()[0].failure == EBADF);
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
    CHECK(third.ready(0).failure == EBADF);

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

TEST_CASE("calls are recorded") {
    Kernel kernel;
    auto& backend = kernel.backend;
    const NativeHandle handle = kernel.opened(seqN(1), inRead, ReadyFlag::read | ReadyFlag::write);
    CHECK_FALSE(backend.modify(handle, seqN(1), inRead, inRead | inWrite));
    kernel.wait(5s);
    backend.remove(handle, seqN(1), inRead | inWrite, When::now);
    CHECK(kernel.add(99, seqN(2), inWrite) == Errc::badHandle);
    CHECK_FALSE(backend.renew());

    const auto calls = backend.calls();
    REQUIRE(calls.size() == 6);
    CHECK(calls[0].call == Call::add);
    CHECK(calls[0].handle == handle);
    CHECK(calls[0].seqN == seqN(1));
    CHECK(calls[0].interest == Interest(inRead));
    CHECK_FALSE(calls[0].result);
    CHECK(calls[1].call == Call::modify);
    CHECK(calls[1].interest == (inRead | inWrite));
    CHECK(calls[2].call == Call::wait);
    CHECK(calls[2].timeout == Timeout(5s));
    CHECK(calls[2].ready == 1);
    CHECK(calls[3].call == Call::remove);
    CHECK(calls[4].result == Errc::badHandle);
    CHECK(calls[5].call == Call::renew);
    CHECK(backend.count(Call::add) == 2);
    CHECK(backend.changes() == 4);

    backend.clearCalls();
    CHECK(backend.calls().empty());
    CHECK(backend.changes() == 0);
}

TEST_CASE("the record keeps the latest calls without allocating") {
    Kernel kernel;
    kernel.backend.keepCalls(3);
    const polleros_test::AllocationCount counted;
    for (int round = 0; round < 100; ++round) {
        static_cast<void>(kernel.backend.wait(std::chrono::seconds(round), kernel.ec));
    }
    const std::size_t allocations = counted.allocations();
    CHECK(allocations == 0);
    CHECK(kernel.backend.count(Call::wait) == 100);
    const auto calls = kernel.backend.calls();
    CHECK(calls.size() >= 3);
    CHECK(calls.size() <= 6);
    CHECK(calls.back().timeout == Timeout(99s));
    CHECK(calls[calls.size() - 3].timeout == Timeout(97s));
    kernel.backend.keepCalls(0);
    kernel.wait();
    CHECK(kernel.backend.calls().empty());
    CHECK(kernel.backend.count(Call::wait) == 101);
}

TEST_CASE("any call can be made to fail") {
    Kernel kernel;
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    const NativeHandle handle = world.openHandle(ReadyFlag::read);

    SECTION("the next, the nth, several, and not after that") {
        backend.fail(Call::add, ENOSPC);
        backend.fail(Call::add, ENOMEM, 2, 2);
        CHECK(kernel.add(handle, seqN(1), inRead).value() == ENOSPC);
        CHECK_FALSE(kernel.add(handle, seqN(1), inRead));
        backend.remove(handle, seqN(1), inRead, When::now);
        CHECK(kernel.add(handle, seqN(1), inRead).value() == ENOMEM);
        CHECK(kernel.add(handle, seqN(1), inRead).value() == ENOMEM);
        CHECK(backend.registered() == 0);
        CHECK_FALSE(kernel.add(handle, seqN(1), inRead));
    }
    SECTION("those about one handle, or that a predicate picks, until the failures are cleared") {
        const NativeHandle other = world.openHandle();
        backend.failOn(Call::add, other, ENOSPC);
        CHECK(kernel.add(other, seqN(2), inRead).value() == ENOSPC);
        CHECK_FALSE(kernel.add(handle, seqN(1), inRead));
        backend.failIf(Call::modify, ENOMEM, [](const Scripted::Record& call) { return call.interest.has(inWrite); });
        CHECK_FALSE(backend.modify(handle, seqN(1), inRead, inPriority));
        CHECK(backend.modify(handle, seqN(1), inRead, inWrite).value() == ENOMEM);
        CHECK(backend.modify(handle, seqN(1), inRead, inWrite).value() == ENOMEM);
        CHECK(backend.interestOf(handle) == Interest(inPriority));
        backend.clearFailures();
        CHECK_FALSE(backend.modify(handle, seqN(1), inPriority, inWrite));
        CHECK_FALSE(kernel.add(other, seqN(2), inRead));
    }
    SECTION("a remove that fails leaves the registration behind") {
        CHECK_FALSE(kernel.add(handle, seqN(1), inRead));
        backend.fail(Call::remove, ENOMEM);
        backend.remove(handle, seqN(1), inRead, When::now);
        CHECK(backend.calls().back().result.value() == ENOMEM);
        CHECK(kernel.told() == Names{seqN(1)});
    }
    SECTION("a renew that fails changes nothing") {
        CHECK_FALSE(kernel.add(handle, seqN(1), inRead));
        const NativeHandle before = backend.nativeHandle();
        backend.fail(Call::renew, EMFILE);
        CHECK(backend.renew().value() == EMFILE);
        CHECK(backend.nativeHandle() == before);
        CHECK(kernel.told() == Names{seqN(1)});
        CHECK_FALSE(backend.renew());
        CHECK(backend.nativeHandle() != before);
    }
    SECTION("a wait is interrupted, ends early, or fails for good") {
        backend.fail(Call::wait, EINTR, 1, 1'000);
        for (int round = 0; round < 1'000; ++round) {
            CHECK(backend.wait(1h, kernel.ec) == 0);
            REQUIRE(kernel.ec.value() == EINTR);
        }
        backend.fail(Call::wait, 0);
        CHECK(kernel.wait(1h).empty());
        CHECK_FALSE(kernel.ec);
        CHECK(backend.now() == ScriptedKernel::start);
        backend.fail(Call::wait, EBADF, 1, Scripted::always);
        kernel.wait(1h);
        kernel.wait(1h);
        CHECK(kernel.ec.value() == EBADF);
        backend.clearFailures();

        world.after(2ms, [&] { backend.interrupt(); });
        world.after(5ms, [&] { backend.interrupt(0); });
        CHECK(kernel.wait(1h).empty());
        CHECK(kernel.ec.value() == EINTR);
        CHECK(backend.now() == ScriptedKernel::start + 2ms);
        CHECK(kernel.wait(1h).empty());
        CHECK_FALSE(kernel.ec);
        CHECK(backend.now() == ScriptedKernel::start + 5ms);
    }
    SECTION("the construction of this thread's next backend or waker") {
        Scripted::failNext(Call::create, EMFILE);
        std::error_code ec;
        const Scripted refused(Options{}, ec);
        CHECK(ec.value() == EMFILE);
        const Scripted made(Options{}, ec);
        CHECK_FALSE(ec);

        Scripted::failNext(Call::createWake, ENFILE);
        const Scripted::Wake unmade(Options{}, ec);
        CHECK(ec.value() == ENFILE);
        CHECK_FALSE(polleros::isSet(unmade.handle()));
        const Scripted::Wake wake(Options{}, ec);
        CHECK_FALSE(ec);
        CHECK(polleros::isSet(wake.handle()));
    }
}

TEST_CASE("short memory is an error, and the next try finds everything as it was") {
    for (std::size_t k = 1;; ++k) {
        std::error_code failed;
        bool happened = false;
        Kernel kernel;
        std::vector<NativeHandle> handles;
        for (int index = 0; index < 20; ++index) {
            handles.push_back(kernel.world.openHandle(ReadyFlag::read));
        }
        {
            const polleros_test::FailAllocation fail(k);
            for (std::size_t index = 0; index < handles.size(); ++index) {
                const SeqN name = seqN(index + 1);
                if (const std::error_code ec = kernel.add(handles[index], name, inRead)) {
                    failed = ec;
                    failed = kernel.add(handles[index], name, inRead) ? std::error_code{} : ec;
                }
            }
            happened = fail.happened();
        }
        CHECK(kernel.backend.registered() == handles.size());
        CHECK(kernel.wait().size() == handles.size());
        if (!happened) {
            CHECK(k > 3);
            break;
        }
        CHECK(failed == Errc::outOfMemory);
    }

    // The constructor.
    for (std::size_t k = 1;; ++k) {
        std::error_code ec;
        bool happened = false;
        {
            const polleros_test::FailAllocation fail(k);
            const Scripted backend(Options{}, ec);
            happened = fail.happened();
        }
        if (!happened) {
            CHECK_FALSE(ec);
            break;
        }
        CHECK(ec == Errc::outOfMemory);
    }

    // A batch that cannot grow stays as large as it is.
    Kernel kernel({.initialEvents = 1});
    kernel.opened(seqN(1), inRead, ReadyFlag::read);
    kernel.opened(seqN(2), inRead, ReadyFlag::read);
    CHECK(kernel.told() == Names{seqN(1)});
    std::size_t count = 0;
    {
        const polleros_test::FailAllocation fail(1);
        count = kernel.backend.wait(Timeout::immediately(), kernel.ec);
    }
    CHECK(count == 1);
    CHECK(kernel.backend.ready(0).seqN == seqN(2));
    CHECK(kernel.told().size() == 2);
}

TEST_CASE("a steady wait allocates nothing") {
    Kernel kernel({.initialEvents = 1});
    for (std::uint64_t draw = 1; draw <= 200; ++draw) {
        kernel.opened(seqN(draw), inWrite, draw % 2 == 0 ? ReadyFlag::write : ReadyFlag::read);
    }
    while (kernel.wait().size() < 100) {
    }
    const polleros_test::AllocationCount counted;
    for (int round = 0; round < 2'000; ++round) {
        static_cast<void>(kernel.backend.wait(Timeout::immediately(), kernel.ec));
        kernel.backend.remove(4, seqN(2), inWrite, When::now);
        static_cast<void>(kernel.add(4, seqN(2), inWrite));
    }
    const std::size_t allocations = counted.allocations();
    CHECK(allocations == 0);
}

TEST_CASE("batches can be made into anything") {
    Kernel kernel;
    auto& backend = kernel.backend;
    kernel.opened(seqN(1), inWrite, ReadyFlag::write);
    kernel.opened(seqN(2), inWrite, ReadyFlag::write);
    kernel.opened(seqN(3), inWrite, ReadyFlag::write);

    SECTION("another order, doubles, wrong bits, more than there is room for") {
        backend.editBatches([](std::vector<Ready>& batch) {
            std::ranges::reverse(batch);
            batch.push_back(batch.front());
            batch[0].readiness = ReadyFlag::read;
        });
        const std::vector<Ready> batch = kernel.wait();
        REQUIRE(batch.size() == 4);
        CHECK(batch[0].seqN == seqN(3));
        CHECK(batch[0].readiness == Readiness(ReadyFlag::read));
        CHECK(batch[2].seqN == seqN(1));
        CHECK(batch[3].seqN == seqN(3));
        backend.editBatches({});
        CHECK(kernel.told() == Names{seqN(1), seqN(2), seqN(3)});
    }
    SECTION("what is dropped comes again") {
        backend.editBatches([](std::vector<Ready>& batch) { batch.clear(); });
        CHECK(kernel.wait(1h).empty());
        CHECK(backend.now() == ScriptedKernel::start);
        backend.editBatches({});
        CHECK(kernel.wait().size() == 3);
    }
    SECTION("a failure ends its registration and no other") {
        backend.editBatches([](std::vector<Ready>& batch) { batch[1].failure = ENOMEM; });
        CHECK(kernel.wait()[1].failure == ENOMEM);
        backend.editBatches({});
        CHECK(kernel.told() == Names{seqN(1), seqN(3)});
        CHECK(backend.registered() == 2);
    }
    SECTION("entries of nobody") {
        backend.inject({seqN(9, 2), ReadyFlag::read, 0});
        CHECK(kernel.told() == Names{seqN(1), seqN(2), seqN(3), seqN(9, 2)});
        CHECK(kernel.told() == Names{seqN(1), seqN(2), seqN(3)});
        backend.inject({seqN(9, 2), {}, EIO});
        backend.inject({seqN(9, 1'000'000), {}, EIO});
        CHECK(kernel.told().size() == 5);
        CHECK(backend.registered() == 3);

        Kernel idle;
        idle.world.after(1s, [&] { idle.backend.inject({seqN(5), ReadyFlag::read, 0}); });
        CHECK(idle.told(Timeout::never()) == Names{seqN(5)});
    }
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
}

TEST_CASE("wrong scripts are told") {
    using polleros_test::checkAsserts;
    checkAsserts("a closed handle cannot become ready", [] { Kernel<>().world.setReady(3, ReadyFlag::read); });
    checkAsserts("only what is open can be duplicated", [] { static_cast<void>(Kernel<>().world.duplicate(3)); });
    checkAsserts("has to outlive its pollers", [] {
        std::error_code ec;
        auto world = std::make_unique<ScriptedKernel>();
        const Scripted backend(Options{}, ec);
        world.reset();
    });
    checkAsserts("the next call is the first", [] { Kernel<>().backend.fail(Call::add, EIO, 0); });
    checkAsserts("time cannot be moved from inside an action", [] {
        Kernel kernel;
        kernel.world.after(1s, [&] { kernel.world.advance(1s); });
        kernel.wait(2s);
    });
    checkAsserts("it cannot wait", [] {
        Kernel kernel;
        kernel.world.after(1s, [&] { kernel.wait(); });
        kernel.wait(2s);
    });
}

// A second, much simpler kernel in the form of maps, driven by the same random calls.
TEMPLATE_TEST_CASE("it agrees with a simple model over random scripts", "", Scripted, ScriptedLikePoll) {
    constexpr bool byFile = TestType::capabilities().has(Capability::tellsDuplicates);
    struct Registered {
        NativeHandle number;
        int file;
        Interest interest;
    };
    std::uint32_t random = 12'345;
    const auto draw = [&](std::uint32_t below) {
        random = random * 1'664'525U + 1'013'904'223U;
        return (random >> 8U) % below;
    };
    Kernel<TestType> kernel({.initialEvents = 64});
    auto& world = kernel.world;
    auto& backend = kernel.backend;
    std::map<NativeHandle, int> numbers; // -> file
    std::map<int, Readiness> files;
    std::map<SeqN, Registered> model;
    std::map<SeqN, NativeHandle> mine; // what a poller would believe to be registered
    int filesMade = 0;
    std::uint64_t draws = 0;

    const auto isReferred = [&](int file) {
        return std::ranges::any_of(numbers, [&](const auto& entry) { return entry.second == file; });
    };
    for (int step = 0; step < 20'000; ++step) {
        const auto number = static_cast<NativeHandle>(3 + draw(8));
        const bool open = numbers.contains(number);
        REQUIRE(world.isOpen(number) == open);
        switch (draw(8)) {
        case 0:
            if (numbers.size() < 8) {
                const NativeHandle made = world.openHandle();
                NativeHandle lowest = 3;
                while (numbers.contains(lowest)) {
                    ++lowest;
                }
                REQUIRE(made == lowest);
                numbers[made] = ++filesMade;
                files[filesMade] = {};
            }
            break;
        case 1:
            REQUIRE(world.close(number) == open);
            if (open) {
                const int file = numbers[number];
                numbers.erase(number);
                if (!isReferred(file) && byFile) {
                    std::erase_if(model, [&](const auto& entry) { return entry.second.file == file; });
                }
            }
            break;
        case 2:
            if (open && numbers.size() < 8) {
                const int file = numbers[number];
                numbers[world.duplicate(number)] = file;
            }
            break;
        case 3:
            if (open) {
                const Readiness more = Readiness::fromBits(static_cast<std::uint8_t>(1U << draw(6)));
                if (draw(2) == 0) {
                    world.setReady(number, more);
                    files[numbers[number]] |= more;
                } else {
                    world.clearReady(number, more);
                    files[numbers[number]] -= more;
                }
            }
            break;
        case 4: {
            ++draws;
            const SeqN name = seqN(draws, static_cast<polleros::detail::Place>(draws % 5));
            const bool placeTaken = std::ranges::any_of(mine, [&](const auto& entry) {
                return polleros::detail::placeOf(entry.first) == polleros::detail::placeOf(name);
            });
            const bool numberTaken =
                std::ranges::any_of(mine, [&](const auto& entry) { return entry.second == number; });
            if (placeTaken || numberTaken) {
                break;
            }
            const auto interest = Interest::fromBits(static_cast<std::uint8_t>(1 + draw(15)));
            const bool leftover =
                open && std::ranges::any_of(model, [&](const auto& entry) {
                    return byFile && entry.second.number == number && entry.second.file == numbers[number];
                });
            const std::error_code ec = kernel.add(number, name, interest, Occupied::refuse);
            if (!open) {
                REQUIRE(ec == Errc::badHandle);
            } else if (leftover) {
                REQUIRE(ec == Errc::alreadyAttached);
            } else {
                REQUIRE_FALSE(ec);
                model[name] = {number, numbers[number], interest};
                mine[name] = number;
            }
            break;
        }
        case 5:
            if (!mine.empty()) {
                const auto which =
                    std::next(mine.begin(), static_cast<std::ptrdiff_t>(draw(static_cast<std::uint32_t>(mine.size()))));
                const SeqN name = which->first;
                backend.remove(which->second, name, {}, When::now);
                const auto found = model.find(name);
                // By file, only what the number stands for now can be named; the rest stays behind.
                if (found != model.end() && (!byFile || (numbers.contains(found->second.number) &&
                                                         numbers[found->second.number] == found->second.file))) {
                    model.erase(found);
                }
                mine.erase(which);
            }
            break;
        case 6:
            if (draw(50) == 0) {
                REQUIRE_FALSE(backend.renew());
                model.clear();
                mine.clear();
            }
            break;
        default: {
            std::map<SeqN, std::pair<Readiness, int>> expected;
            for (const auto& named : model) {
                const SeqN name = named.first; // no structured binding: clang 14 captures none
                const Registered& entry = named.second;
                const int file = byFile ? entry.file : numbers.contains(entry.number) ? numbers[entry.number] : 0;
                if (file == 0) {
                    expected[name] = {{}, EBADF};
                    continue;
                }
                Readiness told = files[file] & (ReadyFlag::error | ReadyFlag::hangup);
                const auto map = [&](InterestFlag asked, ReadyFlag flag, Readiness when) {
                    if (entry.interest.has(asked) && files[file].has(when)) {
                        told |= flag;
                    }
                };
                map(inRead, ReadyFlag::read, ReadyFlag::read | ReadyFlag::readEnd);
                map(inWrite, ReadyFlag::write, ReadyFlag::write);
                map(inPriority, ReadyFlag::priority, ReadyFlag::priority);
                map(inHangup, ReadyFlag::readEnd, ReadyFlag::readEnd);
                if (!told.empty()) {
                    expected[name] = {told, 0};
                }
            }
            const std::vector<Ready> batch = kernel.wait();
            REQUIRE(batch.size() == expected.size());
            for (const Ready& entry : batch) {
                REQUIRE(expected.contains(entry.seqN));
                REQUIRE(expected[entry.seqN].first == entry.readiness);
                REQUIRE(expected[entry.seqN].second == entry.failure);
                expected.erase(entry.seqN);
                if (entry.failure != 0) {
                    model.erase(entry.seqN);
                    mine.erase(entry.seqN);
                }
            }
            break;
        }
        }
        REQUIRE(backend.registered() == model.size());
    }
}
