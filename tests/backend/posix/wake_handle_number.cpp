// SPDX-License-Identifier: MIT
// The system gives the wake handle the lowest free number, which may be that of a handle the user has just closed.
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/native.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/poller.hpp>

#include <thread>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::Errc;
using polleros::HandleRef;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Trigger;
using polleros::backend::Native;
using polleros::backend::Poll;

namespace {

template <class Poller>
void checkWakes(Poller& poller, const polleros::Waker& waker) {
    std::thread other([waker] {
        std::this_thread::sleep_for(20ms);
        waker.wake();
    });
    const auto started = std::chrono::steady_clock::now();
    bool woken = false;
    while (!woken && std::chrono::steady_clock::now() - started < 2s) {
        woken = poller.waitTriggers(1s).woken;
    }
    other.join();
    CHECK(woken);
    CHECK(std::chrono::steady_clock::now() - started < 900ms);
}

} // namespace

TEMPLATE_TEST_CASE("a wake is heard although the wake handle got a closed handle's number", "[threads]", Native, Poll) {
    polleros::Poller<TestType> poller;
    Fd first = makeNotifier();
    auto& channel = poller.attachChannel(SocketSource(HandleRef(first.get(), 1), Trigger::recv));
    poller.waitTriggers(0ms);
    Fd second;

    SECTION("and the channel is deleted afterwards") {
        first.close();
        const polleros::Waker waker = poller.waker();
        CHECK(poller.deleteChannel(channel));
        checkWakes(poller, waker);
    }
    SECTION("and the channel has moved on to another") {
        second = duplicateOf(first.get());
        first.close();
        channel.source().rebind(HandleRef(second.get(), 2));
        const polleros::Waker waker = poller.waker();
        checkWakes(poller, waker);
        CHECK(channel.exp() == polleros::InterestFlag::read);
        CHECK_FALSE(channel.error());
    }
    SECTION("and the channel, which has not noticed, is told") {
        first.close();
        const polleros::Waker waker = poller.waker();
        channel.source().want(Trigger::send); // would change the wake handle's registration
        REQUIRE(poller.waitTriggers(0ms).channels == 1);
        for (const auto& told : poller.triggered()) {
            CHECK(told.error() == Errc::badHandle);
        }
        channel.source().want(Trigger::recv);
        checkWakes(poller, waker);
    }
    SECTION("and prepare() made it") {
        second = duplicateOf(first.get());
        first.close();
        channel.source().rebind(HandleRef(second.get(), 2));
        static_cast<void>(poller.prepare());
        poller.harvest();
        checkWakes(poller, poller.waker());
    }
}

TEMPLATE_TEST_CASE("the wake handle's number cannot be attached: whose it was has closed it", "", Native, Poll) {
    polleros::Poller<TestType> poller;
    Fd closed = makeNotifier();
    const NativeHandle handle = closed.get();
    closed.close();
    const polleros::Waker waker = poller.waker();
    std::error_code ec;
    CHECK(poller.attachChannel(SocketSource(handle, Trigger::recv), ec) == nullptr);
    CHECK(ec == Errc::badHandle);
    waker.wake();
    CHECK(poller.waitTriggers(Timeout::never()).woken);
}
