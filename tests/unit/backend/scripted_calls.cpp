// SPDX-License-Identifier: MIT
// What a test does to backend::Scripted: records, failures, edited batches.
#include "scripted_world.hpp"

#include <algorithm>
#include <memory>

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
        backend.editBatches([](std::vector<Ready>& batch) { batch[1].failure = packedError(errnoError(ENOMEM)); });
        CHECK(failureOf(kernel.wait()[1]) == errnoError(ENOMEM));
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
