// SPDX-License-Identifier: MIT
// How a poller over a kqueue is woken: by a user event of a queue of its own where there is one, else through a pipe.
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"
#include "support/kqueue/modelled_calls.hpp"
#include "support/kqueue/recorded_calls.hpp"

#include <polleros/backend/kqueue.hpp>
#include <polleros/poller.hpp>

#include <chrono>
#include <memory>
#include <vector>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Timeout;

namespace {

template <class Wake>
std::unique_ptr<Wake> makeWake(polleros::Options options = {}) {
    std::error_code ec;
    auto wake = std::make_unique<Wake>(options, ec);
    REQUIRE_FALSE(ec);
    return wake;
}

// Each with a self-test of its own.
struct Usual : ModelledCalls<> {};
struct WithoutFilter : ModelledCalls<> {
    static constexpr bool hasUserFilter = false;
};
struct WithoutSupport : ModelledCalls<> {};
// A trigger is never told.
struct Broken : ModelledCalls<> {
    static int kevent(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        return room == 0 ? ModelledCalls::kevent(queue, changes, changeCount, events, room, limit) : 0;
    }
};

template <class Sys>
using Calls = BasicCountingCalls<BasicFaultyCalls<Sys>>;

} // namespace

TEST_CASE("a trigger carries neither EV_ADD nor EV_CLEAR") {
    using Recorded = RecordedCalls<void*>;
    Recorded::forget();
    polleros::detail::UserEvent<Recorded> event;
    event.trigger();
    REQUIRE(Recorded::calls.size() == 2);
    const auto& made = Recorded::calls[0].changes.at(0);
    CHECK(made.flags == (Recorded::evAdd | Recorded::evClear));
    CHECK(made.fflags == 0);
    const auto& triggered = Recorded::calls[1].changes.at(0);
    CHECK(triggered.flags == 0);
    CHECK(triggered.fflags == Recorded::noteTrigger);
    for (const auto& call : Recorded::calls) {
        CHECK(call.changes.at(0).filter == Recorded::userFilter);
        CHECK(call.changes.at(0).ident == 0);
        CHECK(call.room == 0);
    }
}

TEST_CASE("a user event wakes on every system that has one, each wake once") {
    for (const System system : {System::freebsd, System::netbsd, System::openbsd, System::macos}) {
        KqueueModel::behave(system);
        polleros::Poller<polleros::backend::BasicKqueue<Calls<Usual>>> poller;
        const CallCounts before = Calls<Usual>::counts();
        const polleros::Waker waker = poller.waker();
        CHECK((Calls<Usual>::counts() - before)[Call::pipe] == 0);
        for (int turn = 0; turn < 3; ++turn) {
            static_cast<void>(poller.prepare()); // armed: the wake is a signal
            waker.wake();
            waker.wake();
            CHECK(poller.harvest().woken);
            CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
        }
        CHECK(poller.stats().lateWakes == 0);
        CHECK((Calls<Usual>::counts() - before)[Call::keventTrigger] >= 3);
    }
    KqueueModel::behave(System::freebsd);
}

TEMPLATE_TEST_CASE("a pipe wakes where there is no user event, or one that does not work", "", WithoutFilter,
                   WithoutSupport, Broken) {
    Behaviour behaviour = Behaviour::of(System::openbsd);
    behaviour.userFilter = !std::is_same_v<TestType, WithoutSupport>; // OpenBSD before 7.8
    KqueueModel::behave(behaviour);
    const CallCounts before = Calls<TestType>::counts();
    auto wake = makeWake<polleros::detail::KqueueWake<Calls<TestType>>>();
    CHECK((Calls<TestType>::counts() - before)[Call::pipe] == 1);
    for (int turn = 0; turn < 2; ++turn) {
        CHECK(pollFor(wake->handle(), polleros::ReadyFlag::read, 0).empty());
        wake->signal();
        CHECK(!pollFor(wake->handle(), polleros::ReadyFlag::read, 0).empty());
        wake->drain();
    }
    KqueueModel::behave(System::freebsd);
}

TEST_CASE("the option makes it a pipe, and who tries for a user event and gets none has a pipe, too") {
    using Wake = polleros::detail::KqueueWake<Calls<Usual>>;
    polleros::Options options;
    options.wakeByPipe = true;
    const CallCounts before = Calls<Usual>::counts();
    makeWake<Wake>(options)->signal();
    CHECK((Calls<Usual>::counts() - before)[Call::pipe] == 1);
    CHECK((Calls<Usual>::counts() - before)[Call::write] == 1);

    makeWake<Wake>(); // has tried the user event by now
    const auto open = openFds().size();
    for (const Call call : {Call::kqueue, Call::keventUser}) {
        const Faults<Calls<Usual>> faults({{.call = call, .error = EMFILE}});
        makeWake<Wake>()->signal();
        CHECK(faults.hits() == 1);
    }
    {
        const Faults<Calls<Usual>> faults(
            {{.call = Call::kqueue, .error = EMFILE}, {.call = Call::pipe, .error = EMFILE}});
        std::error_code ec;
        const Wake wake({}, ec);
        CHECK(ec.value() == EMFILE);
    }
    CHECK(openFds().size() == open);
}

TEST_CASE("in a forked child a kqueue's number is nobody's, and is not closed") {
    auto poller = std::make_unique<polleros::Poller<polleros::backend::BasicKqueue<Calls<Usual>>>>();
    polleros::Waker waker = poller->waker();
    const Death child = inChild([&] {
        std::vector<Fd> others; // take the numbers that the parent's queues had
        for (int count = 0; count < 50; ++count) {
            others.push_back(makePair(PairKind::pipe).ours);
        }
        waker.wake();
        static_cast<void>(poller.reset());
        waker = {};
        for (const Fd& other : others) {
            if (!isOpen(other.get())) {
                std::_Exit(2);
            }
        }
    });
    CHECK(child.status == 0);
    CHECK_FALSE(child.aborted);
}

TEST_CASE("a queue that cannot be had is an error of the poller, and leaves nothing open") {
    const auto open = openFds().size();
    for (const int error : {EMFILE, ENFILE, ENOMEM}) {
        const Faults<Calls<Usual>> faults({{.call = Call::kqueue, .error = error}});
        std::error_code ec;
        const polleros::Poller<polleros::backend::BasicKqueue<Calls<Usual>>> poller({}, ec);
        CHECK(ec.value() == error);
    }
    CHECK(openFds().size() == open);
}
