// SPDX-License-Identifier: MIT
// A channel whose handle was closed behind the library's back: its old file lives on in a duplicate, or its number is
// another's.
#include "support/catch.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/poller.hpp>

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

using namespace std::chrono_literals;
using polleros::SocketSource;
using polleros::Trigger;

TEST_CASE("what is registered again after a loss has another SeqN, and the old file does not keep the loop busy") {
    polleros::Poller<polleros::backend::Epoll> poller;
    const int first = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    auto& channel = poller.attachChannel(SocketSource(first, Trigger::recv));
    poller.waitTriggers(0ms);
    const polleros::SeqN before = channel.seqN();

    const int duplicate = ::dup(first);
    ::close(first);
    channel.source().want(Trigger::send);
    REQUIRE(poller.waitTriggers(0ms).channels == 1);
    for (const auto& told : poller.triggered()) {
        CHECK(told.error() == polleros::Errc::badHandle);
    }

    const int again = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    REQUIRE(again == first);
    channel.source().want(Trigger::recv);
    const std::uint64_t one = 1;
    REQUIRE(::write(duplicate, &one, sizeof one) == sizeof one); // the old registration, which is nobody's, speaks
    const auto waitsBefore = poller.stats().kernelWaits;
    CHECK(poller.waitTriggers(50ms).timedOut);
    CHECK(channel.seqN() != before);
    CHECK(channel.exp() == polleros::InterestFlag::read);
    CHECK(poller.stats().rebuilds == 1);
    CHECK(poller.stats().kernelWaits - waitsBefore <= 3);

    REQUIRE(::write(again, &one, sizeof one) == sizeof one);
    CHECK(poller.waitTriggers(1s).triggers == polleros::Triggers(Trigger::recv));
    ::close(duplicate);
    ::close(again);
}

TEST_CASE("a change for a number that is another file's by now is an error, and leaves that file alone") {
    polleros::Poller<polleros::backend::Epoll> poller;
    const int first = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    auto& channel = poller.attachChannel(SocketSource(first, Trigger::recv));
    poller.waitTriggers(0ms);
    ::close(first);
    const int another = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    REQUIRE(another == first);
    channel.source().want(Trigger::recv | Trigger::send);
    REQUIRE(poller.waitTriggers(0ms).triggers == polleros::Triggers(Trigger::err));
    for (const auto& told : poller.triggered()) {
        CHECK(told.error() == polleros::Errc::badHandle);
    }
    CHECK(poller.waitTriggers(10ms).timedOut);
    ::close(another);
}

TEST_CASE("what is iterated between prepare() and harvest() may be iterated again after it") {
    polleros::Poller<polleros::backend::Epoll> poller;
    const int handle = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    poller.attachChannel(SocketSource(handle, Trigger::recv));
    static_cast<void>(poller.prepare());
    for (const auto& channel : poller.triggered()) {
        FAIL("nothing is harvested yet: " << channel.act().bits());
    }
    CHECK(poller.harvest().channels == 1);
    int told = 0;
    for (const auto& channel : poller.triggered()) {
        told += channel.act().has(Trigger::recv) ? 1 : 0;
    }
    CHECK(told == 1);
    ::close(handle);
}
