// SPDX-License-Identifier: MIT
// The wake socket: connected to itself, heard by nobody else, never full.
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/backend/poll.hpp>
#include <polleros/detail/socket_wake.hpp>
#include <polleros/poller.hpp>

#include <thread>

namespace polleros_test {
namespace {

using namespace std::chrono_literals;
using polleros::Timeout;
using polleros::detail::OsCalls;
using polleros::detail::SocketWake;

// A machine without IPv4, or without anything.
struct LackingCalls : OsCalls {
    static inline bool lacksIp6 = false;

    static NativeHandle openDatagram(int family) noexcept {
        if (family == AF_INET || lacksIp6) {
            setLastError(WSAEAFNOSUPPORT);
            return polleros::invalidHandle;
        }
        return OsCalls::openDatagram(family);
    }
};

// Somebody whose port ours turns out to be connected to.
struct MisledCalls : OsCalls {
    static int remoteAddress(NativeHandle handle, ::sockaddr* address, int* length) noexcept {
        const int result = OsCalls::remoteAddress(handle, address, length);
        ++reinterpret_cast<::sockaddr_in*>(address)->sin_port;
        return result;
    }
};

::sockaddr_in addressOf(NativeHandle handle) {
    ::sockaddr_in address{};
    int length = sizeof address;
    REQUIRE(::getsockname(handle, reinterpret_cast<::sockaddr*>(&address), &length) == 0);
    return address;
}

} // namespace

TEST_CASE("it is readable after a signal until it is drained") {
    std::error_code ec;
    SocketWake<OsCalls> wake({}, ec);
    REQUIRE_FALSE(ec);
    CHECK(pollFor(wake.handle(), readable, 0).empty());
    wake.signal();
    wake.signal();
    CHECK(pollFor(wake.handle(), readable, 1000) == readable);
    wake.drain();
    CHECK(pollFor(wake.handle(), readable, 0).empty());
}

TEST_CASE("it is on loopback, and no child process inherits it") {
    std::error_code ec;
    const SocketWake<OsCalls> wake({}, ec);
    CHECK(addressOf(wake.handle()).sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    CHECK(isCloseOnExec(wake.handle()));
}

TEST_CASE("a stranger's datagram does not wake") {
    std::error_code ec;
    SocketWake<OsCalls> wake({}, ec);
    const ::sockaddr_in where = addressOf(wake.handle());
    const Fd stranger = udpToItself();
    const Fd unconnected(::socket(AF_INET, SOCK_DGRAM, 0));
    CHECK(::sendto(unconnected.get(), "!", 1, 0, reinterpret_cast<const ::sockaddr*>(&where), sizeof where) == 1);
    CHECK(pollFor(wake.handle(), readable, 50).empty());
    wake.signal();
    CHECK(pollFor(wake.handle(), readable, 1000) == readable);
}

TEST_CASE("signals that nobody drains never fail, and keep the errors of the thread") {
    std::error_code ec;
    SocketWake<OsCalls> wake({}, ec);
    errno = 42;
    ::SetLastError(43);
    for (int count = 0; count < 20000; ++count) {
        wake.signal();
    }
    CHECK(::GetLastError() == 43);
    CHECK(errno == 42);
    wake.drain();
    CHECK(pollFor(wake.handle(), readable, 0).empty());
}

TEST_CASE("it does with IPv6 where there is no IPv4, and says why where there is neither") {
    std::error_code ec;
    {
        SocketWake<LackingCalls> wake({}, ec);
        REQUIRE_FALSE(ec);
        wake.signal();
        CHECK(pollFor(wake.handle(), readable, 1000) == readable);
    }
    LackingCalls::lacksIp6 = true;
    polleros::Poller<polleros::backend::BasicPoll<LackingCalls>> poller;
    CHECK_FALSE(poller.waker(ec));
    CHECK(ec.value() == WSAEAFNOSUPPORT);
    LackingCalls::lacksIp6 = false;
    CHECK(poller.waker(ec));
}

TEST_CASE("one that is connected to somebody else is not used") {
    std::error_code ec;
    const SocketWake<MisledCalls> wake({}, ec);
    CHECK(ec.value() == WSAEADDRNOTAVAIL);
}

TEST_CASE("200 wakes from another thread, each ends a wait") {
    polleros::Poller<polleros::backend::Poll> poller;
    const polleros::Waker waker = poller.waker();
    for (int turn = 0; turn < 200; ++turn) {
        std::thread other([&] { waker.wake(); });
        REQUIRE(poller.waitTriggers(10s).woken);
        other.join();
    }
    CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
}

} // namespace polleros_test
