// SPDX-License-Identifier: MIT
// Single faults whose right answer is more than an error in the right place.
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/faulty_calls.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/poll.hpp>
#include <polleros/backend/wepoll.hpp>
#include <polleros/poller.hpp>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;

namespace {

using Wepoll = polleros::backend::BasicWepoll<FaultyCalls>;
using Poll = polleros::backend::BasicPoll<FaultyCalls>;

} // namespace

TEMPLATE_TEST_CASE("a wake is sent again when it was interrupted, and is a wake where the socket is full", "", Wepoll,
                   Poll) {
    polleros::Poller<TestType> poller;
    const polleros::Waker waker = poller.waker();
    {
        const Faults<> faults({{.call = Call::write, .times = 100, .error = WSAEINTR}});
        static_cast<void>(poller.prepare());
        setLastError(77);
        waker.wake();
        CHECK(lastError() == 77);
        CHECK(faults.seen() == 101);
        CHECK(poller.harvest().woken);
    }
    for (const int full : {WSAEWOULDBLOCK, WSAENOBUFS}) {
        const Faults<> faults({{.call = Call::write, .error = full, .afterwards = true}});
        static_cast<void>(poller.prepare());
        waker.wake();
        CHECK(faults.hits() == 1);
        CHECK(poller.harvest().woken);
    }
}

TEST_CASE("a wake that cannot be sent is a broken contract, and says so") {
    for (const int error : {WSAENOTSOCK, WSAENETDOWN}) {
        checkAsserts("a wake could not be sent", [&] {
            polleros::Poller<Wepoll> poller;
            const polleros::Waker waker = poller.waker();
            const Faults<> faults({{.call = Call::write, .times = Fault::forEver, .error = error}});
            static_cast<void>(poller.prepare());
            waker.wake();
        });
    }
}

TEMPLATE_TEST_CASE("a wake socket that can never be read hides nothing, and is told once for each wake", "", Wepoll,
                   Poll) {
    polleros::Poller<TestType> poller;
    const Fd notifier = makeNotifier();
    poller.attachChannel(ChannelNumber{1}, SocketSource(notifier.get(), recv));
    const polleros::Waker waker = poller.waker();
    {
        const Faults<> faults(
            {{.call = Call::read, .times = Fault::forEver, .error = GENERATE(WSAECONNRESET, WSAEWOULDBLOCK)}});
        for (int wakes = 0; wakes < 3; ++wakes) {
            static_cast<void>(poller.prepare());
            waker.wake(); // is sent, and stays
            CHECK(poller.harvest().woken);
            const auto before = poller.now();
            CHECK(poller.waitTriggers(5ms).timedOut);
            CHECK(poller.now() - before >= 5ms);
        }
        notifyMore(notifier.get(), 1);
        CHECK(poller.waitTriggers(5s).channels == 1);
        takeNotices(notifier.get());
        CHECK(faults.hits() > 3);
    }
    while (!poller.waitTriggers(5ms).timedOut) { // reads it at last
    }
    const std::uint64_t late = poller.stats().lateWakes;
    CHECK(poller.waitTriggers(5ms).timedOut);
    CHECK(poller.stats().lateWakes == late);
}

TEST_CASE("who is not in wepoll any more was closed: told once, and never added silently") {
    polleros::Poller<Wepoll> poller;
    const Fd notifier = makeNotifier(1);
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(notifier.get(), recv));
    const Faults<> faults({{.call = Call::epollModify, .error = ERROR_NOT_FOUND}});
    const CallCounts before = FaultyCalls::counts();
    channel.source().want(recv | send);
    CHECK(poller.waitTriggers(Timeout::immediately()).channels == 1);
    for (auto& each : poller.triggered()) {
        CHECK(each.act() == err);
        CHECK(each.error() == Errc::badHandle);
    }
    CHECK(poller.waitTriggers(20ms).timedOut);
    CHECK((FaultyCalls::counts() - before)[Call::epollAdd] == 0);
    CHECK(channel.exp().empty());
}

} // namespace polleros_test
