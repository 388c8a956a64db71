// SPDX-License-Identifier: MIT
// Making a poller and its wake handle on a system that refuses: each step, and nothing is left behind. And one that is full.
#include "support/catch.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/detail/system_wake.hpp>
#include <polleros/poller.hpp>

#include <cerrno>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::Timeout;

namespace {
using Epoll = polleros::backend::BasicEpoll<FaultyCalls>;
using Poll = polleros::backend::BasicPoll<FaultyCalls>;
} // namespace

TEST_CASE("a poller whose kernel set cannot be had says why, throws it, and then says badPoller to everything") {
    const auto before = openFds();
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM}) {
        const Faults<> faults({{.call = Call::epollCreate, .times = 2, .error = error}});
        std::error_code ec;
        polleros::Poller<Epoll> poller({}, ec);
        CHECK(ec.value() == error);
        CHECK_THROWS_AS(polleros::Poller<Epoll>(), std::system_error);
        poller.waitTriggers(Timeout::never(), ec);
        CHECK(ec == Errc::badPoller);
        CHECK(poller.attachChannel(polleros::SocketSource(-1, {}), ec) == nullptr);
        CHECK(ec == Errc::badPoller);
        CHECK_FALSE(static_cast<bool>(poller.waker(ec)));
        CHECK(ec == Errc::badPoller);
        CHECK(poller.prepare(ec) == Timeout::immediately());
        CHECK(ec == Errc::badPoller);
        poller.harvest(ec);
        CHECK(ec == Errc::badPoller);
        CHECK(poller.reserve(1) == Errc::badPoller);
        CHECK(poller.resetAfterFork() == Errc::badPoller);
        CHECK_FALSE(poller.deleteChannel(polleros::ChannelNumber{1}));
        CHECK_FALSE(poller.detachChannel(polleros::ChannelNumber{1}, ec).has_value());
        CHECK(ec == Errc::badPoller);
        CHECK(poller.deleteMarked() == 0);
        poller.deleteAll();
        CHECK(poller.triggered().begin() == std::default_sentinel);
        CHECK(poller.channels().begin() == std::default_sentinel);
        CHECK(poller.find(polleros::ChannelNumber{1}) == nullptr);
        CHECK(poller.size() == 0);
    }
    CHECK(openFds() == before);
}

TEMPLATE_TEST_CASE("a system without eventfds, or a sandbox that forbids them, is woken through a pipe", "", Epoll,
                   Poll) {
    for (const int error : {ENOSYS, EPERM}) {
        const Faults<> faults({{.call = Call::eventFd, .times = Fault::forEver, .error = error}});
        polleros::Poller<TestType> poller;
        polleros::Waker waker = poller.waker();
        for (int turn = 0; turn < 3; ++turn) {
            static_cast<void>(poller.prepare());
            waker.wake();
            waker.wake();
            CHECK(poller.harvest().woken);
            CHECK(poller.waitTriggers(1ms).timedOut);
        }
    }
}

TEMPLATE_TEST_CASE("a wake handle that cannot be had is waker()'s error, costs nothing, and is tried again", "", Epoll,
                   Poll) {
    const auto before = openFds();
    {
        polleros::Poller<TestType> poller;
        const auto with = openFds();
        std::error_code ec;
        const auto refuse = [&](std::initializer_list<Fault> script, int error) {
            const Faults<> faults(script);
            CHECK_FALSE(static_cast<bool>(poller.waker(ec)));
            CHECK(ec.value() == error);
            CHECK(poller.prepare(ec) == Timeout::immediately());
            CHECK(ec.value() == error);
            CHECK(openFds() == with);
        };
        for (const int error : {EMFILE, ENFILE, ENOMEM}) {
            refuse({{.call = Call::eventFd, .times = Fault::forEver, .error = error}}, error);
            refuse({{.call = Call::eventFd, .times = Fault::forEver, .error = ENOSYS},
                    {.call = Call::pipe, .times = Fault::forEver, .error = error}},
                   error);
        }
        if constexpr (std::is_same_v<TestType, Epoll>) {
            refuse({{.call = Call::epollAdd, .times = Fault::forEver, .error = ENOSPC}}, ENOSPC);
        }
        CHECK(poller.waitTriggers(1ms).timedOut); // it works without
        polleros::Waker waker = poller.waker();
        waker.wake();
        CHECK(poller.waitTriggers(Timeout::never()).woken);
    }
    CHECK(openFds() == before);
}

TEMPLATE_TEST_CASE("whichever system call fails on the way to a waker, nothing leaks and the next attempt works", "",
                   Epoll, Poll) {
    const auto before = openFds();
    std::size_t failures = 0;
    // (A close is no step that can fail: the descriptor is gone whatever it says.)
    for (const Call call :
         {Call::epollCreate, Call::eventFd, Call::pipe, Call::epollAdd, Call::epollWait, Call::write, Call::read}) {
        for (const bool byPipe : {false, true}) {
            for (std::size_t k = 1;; ++k) {
                CAPTURE(static_cast<int>(call), byPipe, k);
                REQUIRE(k < 40);
                polleros::Options options;
                options.wakeByPipe = byPipe;
                const Faults<> faults({{.call = call, .nth = k, .error = EMFILE}});
                {
                    std::error_code ec;
                    polleros::Poller<TestType> poller(options, ec);
                    polleros::Waker waker = ec ? polleros::Waker() : poller.waker(ec);
                    CHECK(static_cast<bool>(waker) == !ec);
                    CHECK((!ec || ec.value() == EMFILE || ec == Errc::badPoller));
                    failures += ec ? 1U : 0U;
                    if (ec && poller.reserve(0) != Errc::badPoller) {
                        waker = poller.waker();
                    }
                    if (waker) {
                        waker.wake();
                        const auto result = poller.waitTriggers(Timeout::immediately(), ec); // may be what fails
                        CHECK(result.woken == !ec);
                    }
                }
                CHECK(openFds() == before);
                if (faults.hits() == 0) {
                    break;
                }
            }
        }
    }
    CHECK(failures >= 2);
}

TEST_CASE("when the waker cannot be put into a set made anew, a wait says so instead of being deaf") {
    polleros::Poller<Epoll> poller;
    polleros::Waker waker = poller.waker();
    // An event of nobody's has the set made anew.
    const auto stale = [](::epoll_event* events, int) {
        events[0].events = EPOLLIN;
        events[0].data.u64 = 987'654'321;
        return 1;
    };
    {
        const Faults<> faults({{.call = Call::epollWait, .events = forging<::epoll_event>(stale)},
                               {.call = Call::epollAdd, .times = 3, .error = ENOSPC}});
        std::error_code ec;
        poller.waitTriggers(Timeout::never(), ec); // the one that notices
        CHECK(ec.value() == ENOSPC);
        poller.waitTriggers(Timeout::never(), ec); // and every one until it is in the set
        CHECK(ec.value() == ENOSPC);
    }
    static_cast<void>(poller.prepare());
    waker.wake();
    CHECK(poller.harvest().woken);
}

TEST_CASE("signals that nobody drains never block, and what they left is drained at once") {
    for (const bool byPipe : {false, true}) {
        CAPTURE(byPipe);
        polleros::Options options;
        options.wakeByPipe = byPipe;
        std::error_code ec;
        polleros::detail::SystemWake<polleros::detail::OsCalls> wake(options, ec);
        REQUIRE_FALSE(ec);
        errno = 42;
        for (int count = 0; count < 100'000; ++count) { // more than any pipe holds
            wake.signal();
        }
        CHECK(errno == 42);
        CHECK(pollFor(wake.handle(), readable, 0) == readable);
        wake.drain();
        CHECK(pollFor(wake.handle(), readable, 0).empty());
    }
}
