// SPDX-License-Identifier: MIT
// The timer that ends waits at deadlines: when it is set, what it costs, and what becomes of waits where there is none.
#include "support/catch.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/poller.hpp>

#include <functional>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::Timeout;
using polleros::TimePoint;
using polleros::Trigger;

namespace {

struct Timed {
    static constexpr bool intentIsLocal = true;
    int fd = -1;
    TimePoint due = polleros::noDeadline;

    int handle() const noexcept { return fd; }
    polleros::Triggers triggers() const noexcept { return Trigger::notify; }
    TimePoint deadline() const noexcept { return due; }
};

using Poller = polleros::Poller<polleros::backend::BasicEpoll<FaultyCalls>, Timed>;

CallCounts costOf(const std::function<void()>& action) {
    const CallCounts before = FaultyCalls::counts();
    action();
    return FaultyCalls::counts() - before;
}

// A channel that is always ready, so that waits end.
struct Fixture {
    Fd ready = makeNotifier(1);
    Fd silent = makeNotifier(0);
    Poller poller;
    Poller::Channel& busy = poller.attachChannel(Timed{ready.get()});
    Poller::Channel& idle = poller.attachChannel(Timed{silent.get()});

    // The first endless wait beside a deadline sets the alarm. The deadline is far enough not to pass before that.
    void setAlarm(TimePoint due) {
        idle.source().due = due;
        REQUIRE(poller.waitTriggers(Timeout::never()).channels == 1);
    }
    void quieten() { poller.deleteChannel(busy); }
};

void endsAtTheDeadline(Fixture& fixture, TimePoint due) {
    const polleros::WaitResult result = fixture.poller.waitTriggers(Timeout::never());
    const TimePoint ended = fixture.poller.waitTime();
    const TimePoint now = fixture.poller.now();
    CHECK(result.triggers == Trigger::timeout);
    CHECK(now >= due);
    CHECK(now < due + 2s);
    CHECK(ended <= now);
}

} // namespace

TEST_CASE("beside deadlines that move away a wait is one epoll_wait, and sets nothing") {
    Fixture f;
    const CallCounts first = costOf([&] { f.setAlarm(f.poller.now() + 1h); });
    CHECK(first[Call::timerCreate] == 1);
    CHECK(first[Call::timerSet] == 1);
    for (int turn = 0; turn < 3; ++turn) {
        const CallCounts cost = costOf([&] {
            f.idle.source().due += 1s;
            CHECK(f.poller.waitTriggers(Timeout::never()).channels == 1);
        });
        CHECK(cost.total() == 1);
        CHECK(cost[Call::epollWait] == 1);
    }
    const CallCounts earlier = costOf([&] { f.setAlarm(f.poller.now() + 1min); });
    CHECK(earlier[Call::timerSet] == 1);
    CHECK(earlier[Call::timerCreate] == 0);
    f.idle.source().due = polleros::noDeadline;
    CHECK(costOf([&] { f.poller.waitTriggers(Timeout::never()); }).total() == 1);
}

TEST_CASE(
    "the alarm ends a wait at the deadline, also at one that has come nearer, or passed, or moved away meanwhile") {
    Fixture f;
    f.setAlarm(f.poller.now() + 200ms);
    f.quieten();
    SECTION("as it was") {
        const CallCounts cost = costOf([&] { endsAtTheDeadline(f, f.idle.peek().due); });
        CHECK(cost[Call::epollWait] == 1);
        CHECK(cost[Call::epollPwait2] == 0);
    }
    SECTION("nearer") {
        f.idle.source().due = f.poller.now() + 2ms;
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    SECTION("passed before the wait") {
        while (f.poller.now() < f.idle.peek().due) {
        }
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    SECTION("moved away: it rings in vain") {
        f.idle.source().due += 20ms;
        endsAtTheDeadline(f, f.idle.peek().due);
        CHECK(f.poller.stats().fruitlessWaits == 0);
    }
    SECTION("told once, and the next one as well") {
        endsAtTheDeadline(f, f.idle.peek().due);
        for (auto& channel : f.poller.triggered()) {
            channel.source().due = f.poller.waitTime() + 5ms;
        }
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    SECTION("it rings while a wait with an end, or one that only looks, is under way") {
        f.idle.source().due += 1h;
        const TimePoint before = f.poller.now();
        CHECK(f.poller.waitTriggers(250ms).timedOut);
        CHECK(f.poller.now() - before >= 250ms);
        CHECK(f.poller.waitTriggers(Timeout::immediately()).timedOut);
        f.idle.source().due = f.poller.now() + 5ms;
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    SECTION("in an outer loop") {
        std::error_code ec;
        CHECK(f.poller.prepare(ec) == Timeout(f.idle.peek().due));
        while (f.poller.now() < f.idle.peek().due) {
        }
        CHECK(f.poller.harvest(ec).triggers == Trigger::timeout);
        CHECK_FALSE(ec);
    }
}

TEST_CASE("without a timer, or room for it, waits have an end of their own, and it is not tried again and again") {
    const auto before = openFds();
    for (const Fault& fault : {Fault{.call = Call::timerCreate, .times = Fault::forEver, .error = EMFILE},
                               Fault{.call = Call::epollAdd, .nth = 3, .error = ENOSPC}}) {
        CAPTURE(static_cast<int>(fault.call));
        const Faults<> faults({fault});
        Fixture f;
        f.setAlarm(f.poller.now() + 200ms);
        const CallCounts cost = costOf([&] { CHECK(f.poller.waitTriggers(Timeout::never()).channels == 1); });
        CHECK(cost.total() == 1);
        f.quieten();
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    {
        const Faults<> faults({{.call = Call::timerSet, .times = Fault::forEver, .error = EINVAL}});
        Fixture f;
        f.setAlarm(f.poller.now() + 200ms);
        CHECK(costOf([&] { CHECK(f.poller.waitTriggers(Timeout::never()).channels == 1); }).total() == 1);
        f.quieten();
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    CHECK(openFds() == before);
}

TEST_CASE("a wait that the kernel refuses tells no deadline, and the next one does") {
    Fixture f;
    f.setAlarm(f.poller.now() + 200ms);
    f.quieten();
    endsAtTheDeadline(f, f.idle.peek().due);
    f.idle.source().due = f.poller.now() + 5ms;
    {
        const Faults<> faults({{.call = Call::epollWait, .times = Fault::forEver, .error = EBADF},
                               {.call = Call::epollPwait2, .times = Fault::forEver, .error = EBADF}});
        for (int failure = 0; failure < 2; ++failure) {
            std::error_code ec;
            const polleros::WaitResult result = f.poller.waitTriggers(Timeout::never(), ec);
            CHECK(ec.value() == EBADF);
            CHECK(result.channels == 0);
            while (f.poller.now() < f.idle.peek().due) {
            }
        }
    }
    endsAtTheDeadline(f, f.idle.peek().due);
}

TEST_CASE("a deadline later than any clock does no harm") {
    Fixture f;
    for (const TimePoint due : {TimePoint::max() - 1ns, TimePoint(std::chrono::seconds(0x1'0000'0001))}) {
        f.setAlarm(due);
        CHECK(costOf([&] { CHECK(f.poller.waitTriggers(Timeout::never()).channels == 1); })[Call::timerSet] == 0);
    }
}

TEST_CASE("the alarm's number is the poller's own") {
    Fixture f;
    const Fd probe = makeNotifier(0);
    const int number = probe.get() + 1; // the next one that the system gives
    f.setAlarm(f.poller.now() + 1h);
    REQUIRE(::fcntl(number, F_GETFD) != -1);
    std::error_code ec;
    CHECK(f.poller.attachChannel(Timed{number}, ec) == nullptr);
    CHECK(ec == Errc::badHandle);
    // A channel whose descriptor was closed, and whose number the system gives to the alarm.
    Fixture other;
    Fd victim = makeNotifier(0);
    const int taken = victim.get();
    auto& closed = other.poller.attachChannel(Timed{taken});
    other.poller.waitTriggers(Timeout::immediately());
    victim = Fd();
    other.setAlarm(other.poller.now() + 200ms);
    REQUIRE(::fcntl(taken, F_GETFD) != -1);
    other.poller.waitTriggers(Timeout::immediately());
    CHECK(closed.error() == Errc::badHandle);
    other.poller.deleteChannel(closed);
    other.quieten();
    endsAtTheDeadline(other, other.idle.peek().due);
}

TEST_CASE("a set made anew has the alarm, and a child's alarm is its own") {
    Fixture f;
    f.setAlarm(f.poller.now() + 200ms);
    SECTION("made anew") {
        { // a registration that nobody can name: a duplicate keeps its file open
            Fd lost = makeNotifier(1);
            const Fd duplicate(::dup(lost.get()));
            auto& channel = f.poller.attachChannel(Timed{lost.get()});
            lost = Fd();
            f.poller.deleteChannel(channel);
            f.quieten();
            while (f.poller.stats().rebuilds == 0) {
                f.poller.waitTriggers(1ms);
            }
        }
        endsAtTheDeadline(f, f.idle.peek().due);
    }
    SECTION("forked") {
        f.quieten();
        const TimePoint due = f.idle.peek().due;
        const ::pid_t child = ::fork();
        REQUIRE(child != -1);
        if (child == 0) {
            bool good = !f.poller.resetAfterFork();
            f.idle.source().due = f.poller.now() + 1ms;
            good = good && f.poller.waitTriggers(Timeout::never()).triggers == Trigger::timeout;
            f.idle.source().due = f.poller.now() + 1h; // would be the parent's, if that timer were shared
            good = good && f.poller.waitTriggers(1ms).timedOut;
            ::_exit(good ? 0 : 1);
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        endsAtTheDeadline(f, due);
    }
}
