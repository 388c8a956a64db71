// SPDX-License-Identifier: MIT
// Single faults whose right answer is more than an error in the right place.
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/faulty_calls.hpp"
#include "support/kernel_view.hpp"
#include "support/kqueue/modelled_calls.hpp"
#include "support/linux/timeless_calls.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/kqueue.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/poller.hpp>

#include <algorithm>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;

namespace {

using Epoll = polleros::backend::BasicEpoll<FaultyCalls>;
using Poll = polleros::backend::BasicPoll<FaultyCalls>;
using Poller = polleros::Poller<Epoll>;

// Told errors, one per report.
std::vector<std::error_code> errorsOf(Poller& poller) {
    std::vector<std::error_code> errors;
    poller.waitTriggers(Timeout::immediately());
    for (auto& channel : poller.triggered()) {
        if (channel.act().has(err)) {
            errors.push_back(channel.error());
        }
    }
    return errors;
}

} // namespace

TEMPLATE_TEST_CASE("a wake is written again when it was interrupted, and is a wake where the handle is full", "", Epoll,
                   Poll) {
    for (const bool byPipe : {false, true}) {
        polleros::Options options;
        options.wakeByPipe = byPipe;
        polleros::Poller<TestType> poller(options);
        const polleros::Waker waker = poller.waker();
        {
            const Faults<> faults({{.call = Call::write, .times = 100, .error = EINTR}});
            static_cast<void>(poller.prepare());
            errno = 77;
            waker.wake();
            CHECK(errno == 77);
            CHECK(faults.seen() == 101);
            CHECK(poller.harvest().woken);
        }
        const Faults<> faults({{.call = Call::write, .error = EAGAIN, .afterwards = true}});
        static_cast<void>(poller.prepare());
        waker.wake();
        CHECK(faults.hits() == 1);
        CHECK(poller.harvest().woken);
    }
}

TEST_CASE("a wake that cannot be written is a broken contract, and says so") {
    for (const int error : {EBADF, EPIPE}) {
        checkAsserts("a wake could not be written", [&] {
            Poller poller;
            const polleros::Waker waker = poller.waker();
            const Faults<> faults({{.call = Call::write, .times = Fault::forEver, .error = error}});
            static_cast<void>(poller.prepare());
            waker.wake();
        });
    }
}

TEST_CASE("a wake handle with nothing to read is no wake, and the wait goes on to its end") {
    polleros::Options options;
    options.wakeByPipe = true;
    Poller poller(options);
    polleros::Waker waker = poller.waker();
    const auto lie = [](::epoll_event* events, int) {
        events[0].events = EPOLLIN;
        events[0].data.u64 = static_cast<std::uint64_t>(polleros::wakerSeqN);
        return 1;
    };
    const Faults<> faults({{.call = Call::epollPwait2, .events = forging<::epoll_event>(lie)},
                           {.call = Call::epollWait, .events = forging<::epoll_event>(lie)}});
    const auto before = poller.now();
    const auto result = poller.waitTriggers(5ms);
    CHECK(result.timedOut);
    CHECK_FALSE(result.woken);
    CHECK(poller.now() - before >= 5ms);
    CHECK(poller.stats().lateWakes == 1);
    waker.wake();
    CHECK(poller.waitTriggers(Timeout::never()).woken);
}

namespace {

using ModelledFaults = BasicFaultyCalls<ModelledCalls<BsdLayout>>;
using Kqueue = polleros::backend::BasicKqueue<ModelledFaults>;

template <class B>
struct ScriptOf;
template <template <class> class B, class Sys>
struct ScriptOf<B<Sys>> {
    using Type = Faults<Sys>;
};

} // namespace

TEMPLATE_TEST_CASE("a wake handle that can never be read hides nothing, and is told once for each wake", "", Epoll,
                   Poll, Kqueue) {
    polleros::Options options;
    options.wakeByPipe = true;
    polleros::Poller<TestType> poller(options);
    const Fd event = makeNotifier();
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), recv));
    const polleros::Waker waker = poller.waker();
    {
        const typename ScriptOf<TestType>::Type faults(
            {{.call = Call::read, .times = Fault::forEver, .error = GENERATE(EIO, EAGAIN, EBADF)}});
        for (int wakes = 0; wakes < 3; ++wakes) {
            static_cast<void>(poller.prepare());
            waker.wake(); // is written, and stays
            CHECK(poller.harvest().woken);
            const auto before = poller.now();
            CHECK(poller.waitTriggers(5ms).timedOut);
            CHECK(poller.now() - before >= 5ms);
        }
        notifyMore(event.get(), 1);
        CHECK(poller.waitTriggers(Timeout::never()).channels == 1);
        takeNotices(event.get());
        CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
        CHECK(faults.hits() > 3);
    }
    poller.waitTriggers(Timeout::immediately()); // reads it at last
    const std::uint64_t late = poller.stats().lateWakes;
    CHECK(poller.waitTriggers(5ms).timedOut);
    CHECK(poller.stats().lateWakes == late);
}

TEST_CASE("who is not in the kernel any more was closed: told once, and never added silently") {
    Poller poller;
    const Fd event = makeNotifier(1);
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), recv));
    const Faults<> faults({{.call = Call::epollModify, .error = ENOENT}});
    const CallCounts before = FaultyCalls::counts();
    channel.source().want(recv | send);
    const auto errors = errorsOf(poller);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0] == Errc::badHandle);
    CHECK(errorsOf(poller).empty());
    CHECK((FaultyCalls::counts() - before)[Call::epollAdd] == 0);
    CHECK(channel.exp().empty());
    CHECK(kernelView(poller.nativeHandle()).empty());
}

TEST_CASE("who has another handle by now is forgotten and added under another sequence number, and nothing is told") {
    Poller poller;
    const Fd event = makeNotifier();
    const Fd other = makeNotifier();
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), recv));
    const polleros::SeqN former = channel.seqN();
    const Faults<> faults({{.call = Call::epollRemove, .times = Fault::forEver, .error = ENOENT, .afterwards = true}});
    channel.source().rebind(other.get());
    channel.source().want(send);
    CHECK(errorsOf(poller).empty());
    CHECK(channel.seqN() != former);
    CHECK(kernelView(poller.nativeHandle()) ==
          std::set<Registered>{asRegistered(other.get(), polleros::InterestFlag::write, channel.seqN())});
}

TEST_CASE("a registration that could not be removed is found out by its first event, which is nobody's") {
    for (const int error : {ENOMEM, EPERM, EINVAL}) {
        Poller poller;
        const Fd event = makeNotifier();
        const Fd other = makeNotifier();
        poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
        auto& channel = poller.attachChannel(ChannelNumber{2}, SocketSource(other.get(), notify));
        {
            const Faults<> faults({{.call = Call::epollRemove, .error = error}});
            CHECK(poller.deleteChannel(ChannelNumber{1}));
            CHECK(faults.hits() == 1);
        }
        CHECK(kernelView(poller.nativeHandle()).size() == 2);
        CHECK(poller.waitTriggers(1ms).timedOut);
        CHECK(poller.stats().rebuilds == 0);
        notifyMore(event.get(), 1);
        const auto result = poller.waitTriggers(5ms);
        CHECK(result.timedOut);
        CHECK(result.handleReplaced);
        CHECK(poller.stats().rebuilds == 1);
        CHECK(kernelView(poller.nativeHandle()) ==
              std::set<Registered>{asRegistered(other.get(), polleros::InterestFlag::read, channel.seqN())});
    }
}

namespace {

// A clock that does what it likes, and a look at how long waits may take.
struct OddClock : TimelessCalls<SystemCalls> {
    static inline std::chrono::nanoseconds shortest{0};

    static int epollPwait2(int set, ::epoll_event* events, int room, Timeout limit) noexcept {
        shortest = std::min(shortest, limit.remaining(Stage::clock));
        return TimelessCalls<SystemCalls>::epollPwait2(set, events, room, limit);
    }
};

} // namespace

TEST_CASE("a clock that jumps makes no timeout negative, and no wait endless") {
    Stage::reset();
    polleros::Poller<polleros::backend::BasicEpoll<OddClock>> poller;
    for (const auto jump : {std::chrono::nanoseconds(1h), std::chrono::nanoseconds(-2h), 0ns, -1ns}) {
        Stage::clock += jump;
        const auto until = Stage::clock + 5ms;
        CHECK(poller.waitTriggers(5ms).timedOut);
        CHECK(Stage::clock >= until);
        Stage::clock += jump;
        CHECK(poller.waitTriggers(Timeout(until)).timedOut);
        CHECK_FALSE(Stage::stuck);
    }
    CHECK(OddClock::shortest == 0ns);
}

} // namespace polleros_test
