// SPDX-License-Identifier: MIT
// net/ where Windows differs from POSIX systems.
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/local.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/net/tcp.hpp>
#include <polleros/net/winsock.hpp>

#include <string_view>

namespace polleros_test {
namespace {

namespace net = polleros::net;
using net::Endpoint;
using polleros::detail::FileIdentity;
using polleros::detail::NetCalls;

// The ports to pick from have run out, for a while.
struct ExhaustedNet : NetCalls {
    static inline int failures = 0;
    static inline int connects = 0;

    static int connect(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        ++connects;
        if (failures > 0) {
            --failures;
            ::WSASetLastError(WSAENOBUFS);
            return -1;
        }
        return NetCalls::connect(handle, address, length);
    }
};

} // namespace

TEST_CASE("a session can be had twice, and needs none before it") {
    const net::WinsockSession first;
    std::error_code ec;
    {
        const net::WinsockSession second(ec);
    }
    CHECK_FALSE(ec);
    CHECK(net::listenTcp(Endpoint::loopback4(0), ec));
}

TEST_CASE("no socket is inherited by child processes") {
    const net::Socket listener = net::listenTcp(Endpoint::loopback4(0));
    CHECK(isCloseOnExec(listener.nativeHandle()));
    const auto [client, established] = net::connectTcp(net::localEndpoint(listener));
    CHECK(isCloseOnExec(client.nativeHandle()));
    REQUIRE(pollFor(listener.nativeHandle(), readable, 5000) == readable);
    const auto accepted = net::accept(listener);
    REQUIRE(accepted);
    CHECK(isCloseOnExec(accepted.socket.nativeHandle()));
    const net::SocketPair pair = net::socketPair();
    CHECK(isCloseOnExec(pair.first.nativeHandle()));
    CHECK(isCloseOnExec(pair.second.nativeHandle()));
}

TEST_CASE("a port that is listened on cannot be had by who claims it as is usual elsewhere") {
    const net::Socket listener = net::listenTcp(Endpoint::loopback4(0));
    const std::uint16_t port = net::localEndpoint(listener).port();
    const net::Socket thief = net::Socket::adopt(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(NetCalls::setOption(thief.nativeHandle(), SOL_SOCKET, SO_REUSEADDR, 1) == 0);
    const polleros::detail::RawAddress address(Endpoint::loopback4(port));
    CHECK(NetCalls::bind(thief.nativeHandle(), address.data(), address.length()) == -1);
}

TEST_CASE("connecting is tried again when the ports to pick from have run out, a bounded number of times") {
    const net::Socket listener = net::listenTcp(Endpoint::loopback4(0));
    std::error_code ec;
    ExhaustedNet::failures = 3;
    CHECK(polleros::detail::connectTcp<ExhaustedNet>(net::localEndpoint(listener), ec).socket);
    CHECK_FALSE(ec);
    ExhaustedNet::failures = 1000;
    ExhaustedNet::connects = 0;
    CHECK_FALSE(polleros::detail::connectTcp<ExhaustedNet>(net::localEndpoint(listener), ec).socket);
    CHECK(ec.value() == WSAENOBUFS);
    CHECK(ExhaustedNet::connects == polleros::detail::mostTries);
}

TEST_CASE("a pair of sockets is one of TCP") {
    std::error_code ec;
    const net::SocketPair pair = net::socketPair(ec);
    REQUIRE_FALSE(ec);
    CHECK(net::remoteEndpoint(pair.first) == net::localEndpoint(pair.second));
    CHECK(net::localEndpoint(pair.first).family() == net::Family::ip4);
}

TEST_CASE("what has no AF_UNIX says so") {
    const Endpoint path = Endpoint::local("C:\\windows\\temp\\polleros.sock");
    std::error_code ec;
    const net::Socket listener = net::listenLocal(path, ec);
    if (!ec) { // it has
        CHECK(net::connectLocal(path).socket);
        CHECK_FALSE(net::removeLocal(path));
        return;
    }
    CHECK(ec.value() == WSAEAFNOSUPPORT);
    CHECK_FALSE(listener);
    CHECK_FALSE(net::connectLocal(path, ec).socket);
    CHECK(ec.value() == WSAEAFNOSUPPORT);
    CHECK_FALSE(net::removeLocal(path)); // nothing is there
}

TEST_CASE("a file that is no socket is seen as that, and not removed") {
    wchar_t folder[MAX_PATH];
    REQUIRE(::GetTempPathW(MAX_PATH, folder) != 0);
    const std::wstring name = std::wstring(folder) + L"polleros \u00e9.txt";
    char path[MAX_PATH];
    REQUIRE(::WideCharToMultiByte(CP_UTF8, 0, name.c_str(), -1, path, MAX_PATH, nullptr, nullptr) != 0);
    CHECK(NetCalls::identify(path).kind == FileIdentity::Kind::none);
    const HANDLE file = ::CreateFileW(name.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_ALWAYS, 0, nullptr);
    REQUIRE(file != INVALID_HANDLE_VALUE);
    ::CloseHandle(file);
    CHECK(NetCalls::identify(path).kind == FileIdentity::Kind::other);
    CHECK(NetCalls::identify(path) == NetCalls::identify(path));
    CHECK(net::removeLocal(Endpoint::local(path)).value() == WSAENOTSOCK);
    CHECK(NetCalls::removeFile(path) == 0);
    CHECK(NetCalls::identify(path).kind == FileIdentity::Kind::none);
    CHECK(NetCalls::identify("C:\\windows\\no such folder\\x").kind == FileIdentity::Kind::none);
}

} // namespace polleros_test
