// SPDX-License-Identifier: MIT
#include "faulty_net.hpp"
#include "net_support.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/pair.hpp>

#include <vector>

using namespace polleros_test;
using namespace polleros::net;
using namespace std::chrono_literals;

namespace {

void checkPair(const SocketPair& pair) {
    char room[10];
    REQUIRE(send(pair.first, "there"));
    REQUIRE(becomes(pair.second, readable));
    CHECK(recv(pair.second, room).bytes == 5);
    REQUIRE(send(pair.second, "back"));
    REQUIRE(becomes(pair.first, readable));
    CHECK(recv(pair.first, room).bytes == 4);
    REQUIRE_FALSE(shutdownSend(pair.first));
    REQUIRE(becomes(pair.second, readable));
    CHECK(recv(pair.second, room).ended());
    CHECK(send(pair.second, "still"));
}

SocketPair faultyPair(polleros::Timeout limit, std::error_code& ec) {
    auto made = polleros::detail::loopbackPair<FaultyNet>(limit, ec);
    CHECK(static_cast<bool>(made.first) == !ec);
    CHECK(static_cast<bool>(made.second) == !ec);
    return {std::move(made.first), std::move(made.second)};
}

// Ours never gets in.
void neverConnect() {
    FaultyNet::script.beforeConnect = [](NativeHandle client) { // Winsock gives no address to who has none
        const polleros::detail::RawAddress address(Endpoint::loopback4(0));
        CHECK(FaultyNet::bind(client, address.data(), address.length()) == 0);
    };
    FaultyNet::script.connect = {EINPROGRESS};
}

// The address a client is about to connect to is known to everybody on the machine.
Fd strangerTo(NativeHandle listener) {
    polleros::detail::RawAddress address;
    CHECK(::getsockname(listener, address.data(), &address.length()) == 0);
    return connectTcp(address.endpoint().port()); // the tests' own
}

} // namespace

TEST_CASE("a pair talks both ways and half-closes", "[net]") {
    checkPair(socketPair());
    checkPair(loopbackPair());
    std::error_code ec = systemCode(EIO);
    checkPair(socketPair(ec));
    CHECK_FALSE(ec);
    ec = systemCode(EIO);
    checkPair(loopbackPair(ec));
    CHECK_FALSE(ec);
}

TEST_CASE("the ends of a loopback pair are each other's, and do not delay", "[net]") {
    for (int round = 0; round < 20; ++round) {
        const SocketPair pair = loopbackPair();
        CHECK(localEndpoint(pair.first) == remoteEndpoint(pair.second));
        CHECK(remoteEndpoint(pair.first) == localEndpoint(pair.second));
        int set = 0;
        polleros::detail::NetCalls::getOption(pair.second.nativeHandle(), IPPROTO_TCP, TCP_NODELAY, set);
        CHECK(set != 0);
    }
}

TEST_CASE("strangers who connect first are reset, and never handed out", "[net]") {
    FaultyNet::reset();
    std::vector<Fd> strangers;
    // Between listening and our own connect: the seam asks for the listener's address just before.
    FaultyNet::script.beforeConnect = [&](NativeHandle client) {
        for (const auto& [fd, target] : openFds()) {
            int listens = 0;
            if (fd != client && polleros::detail::NetCalls::getOption(fd, SOL_SOCKET, SO_ACCEPTCONN, listens) == 0 &&
                listens != 0) {
                for (int count = 0; count < 5; ++count) {
                    strangers.push_back(strangerTo(fd));
                }
            }
        }
    };
    std::error_code ec;
    const SocketPair pair = faultyPair(2s, ec);
    REQUIRE_FALSE(ec);
    REQUIRE(strangers.size() == 5);
    checkPair(pair);
    for (const Fd& stranger : strangers) {
        const polleros::Readiness told = pollFor(stranger.get(), readable, 5000);
        const ReadResult result = readSome(stranger.get(), 1);
        if (Kernel::readTellsReset) {
            CHECK(told.has(polleros::ReadyFlag::hangup));
            CHECK(result.error == ECONNRESET);
        } else {
            CHECK_FALSE(told.empty());
            CHECK(result.end);
        }
    }
    FaultyNet::reset();
}

TEST_CASE("strangers who keep coming do not keep us past the time", "[net]") {
    FaultyNet::reset();
    std::vector<Fd> strangers;
    neverConnect();
    // Each look at the clock finds it 100 ms later.
    FaultyNet::script.clockStep = 100ms;
    FaultyNet::script.beforeAccept = [&](NativeHandle listener) {
        strangers.push_back(strangerTo(listener));
        CHECK(pollFor(listener, readable, 5000).has(readable));
    };
    std::error_code ec;
    static_cast<void>(faultyPair(2s, ec));
    CHECK(ec == systemCode(std::errc::timed_out));
    CHECK(strangers.size() > 5);
    CHECK(strangers.size() <= 21);
    FaultyNet::reset();
}

TEST_CASE("a connection that never arrives is timed out", "[net]") {
    FaultyNet::reset();
    neverConnect();
    std::error_code ec;
    const auto begin = std::chrono::steady_clock::now();
    static_cast<void>(faultyPair(30ms, ec));
    CHECK(ec == systemCode(std::errc::timed_out));
    CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    FaultyNet::reset();
}

TEST_CASE("an interrupted wait and a lost client are tried again", "[net]") {
    FaultyNet::reset();
    FaultyNet::script.accept = {EAGAIN, EINTR, ECONNABORTED};
    FaultyNet::script.waitReadable = {EINTR};
    std::error_code ec;
    checkPair(faultyPair(2s, ec));
    CHECK_FALSE(ec);
    FaultyNet::reset();
}

TEST_CASE("every step of a loopback pair that fails is reported and unwound", "[net]") {
    const auto run = [](std::deque<int> FaultyNet::Script::* step, std::deque<int> codes) {
        FaultyNet::reset();
        FaultyNet::script.*step = std::move(codes);
        std::error_code ec;
        static_cast<void>(faultyPair(2s, ec));
        FaultyNet::reset();
        return ec;
    };
    using Script = FaultyNet::Script;
    CHECK(run(&Script::open, {EMFILE}) == systemCode(EMFILE));
    CHECK(run(&Script::open, {0, EMFILE}) == systemCode(EMFILE));
    CHECK(run(&Script::bind, {EACCES}) == systemCode(EACCES));
    CHECK(run(&Script::listen, {EACCES}) == systemCode(EACCES));
    CHECK(run(&Script::connect, {EPERM}) == systemCode(EPERM));
    CHECK(run(&Script::localAddress, {ENOBUFS}) == systemCode(ENOBUFS));
    CHECK(run(&Script::localAddress, {0, 0, ENOBUFS}) == systemCode(ENOBUFS));
    CHECK(run(&Script::accept, {EMFILE}) == systemCode(EMFILE));
    CHECK(run(&Script::accept, {EPERM}) == systemCode(EPERM));
    FaultyNet::reset();
    FaultyNet::script.accept = {EAGAIN};
    FaultyNet::script.waitReadable = {ENOMEM};
    std::error_code ec;
    static_cast<void>(faultyPair(2s, ec));
    CHECK(ec == systemCode(ENOMEM));
    CHECK(run(&Script::setOption, {EINVAL}) == systemCode(EINVAL));
    CHECK(run(&Script::setOption, {0, EINVAL}) == systemCode(EINVAL));
}

TEST_CASE("a machine without IPv4 on loopback gets a pair over IPv6", "[net]") {
    FaultyNet::reset();
    FaultyNet::script.open = {EAFNOSUPPORT};
    std::error_code ec;
    const SocketPair pair = faultyPair(2s, ec);
    REQUIRE_FALSE(ec);
    CHECK(localEndpoint(pair.first).family() == Family::ip6);
    FaultyNet::reset();
    FaultyNet::script.bind = {EADDRNOTAVAIL};
    checkPair(faultyPair(2s, ec));
    FaultyNet::reset();
}
