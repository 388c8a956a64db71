// SPDX-License-Identifier: MIT
// What is a descriptor of POSIX, and no more than that.
#include "unit/net/posix/descriptors.hpp"

#include <polleros/net/io.hpp>
#include <polleros/net/local.hpp>
#include <polleros/net/options.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/net/pipe.hpp>
#include <polleros/net/socket.hpp>
#include <polleros/net/tcp.hpp>

#include <type_traits>

#include <sys/socket.h>

using namespace polleros_test;
using namespace polleros::net;

static_assert(std::is_convertible_v<const Descriptor&, polleros::HandleRef>);
static_assert(!std::is_convertible_v<Descriptor, Socket>, "a pipe is no socket");

TEST_CASE("everything net/ opens is non-blocking and close-on-exec", "[net]") {
    const auto check = [](polleros::HandleRef handle) {
        CHECK(isNonBlocking(handle.number));
        CHECK(isCloseOnExec(handle.number));
    };
    const Socket listener = listenTcp(Endpoint::loopback4(0));
    check(listener);
    const ConnectResult made = connectTcp(localEndpoint(listener));
    check(made.socket);
    REQUIRE(becomes(listener, readable));
    check(accept(listener).socket);
    const SocketPair pair = socketPair();
    check(pair.first);
    check(pair.second);
    const SocketPair tcp = loopbackPair();
    check(tcp.first);
    check(tcp.second);
    const Pipe pipe = pipePair();
    check(pipe.reader);
    check(pipe.writer);
    const Socket local = listenLocal(Endpoint::abstract("polleros-net-flags"));
    check(local);
    check(connectLocal(Endpoint::abstract("polleros-net-flags")).socket);
    check(accept(local).socket);
}

TEST_CASE("the ends of a socketpair are unnamed", "[net]") {
    const SocketPair pair = socketPair();
    CHECK(localEndpoint(pair.first).isLocal());
    CHECK(localEndpoint(pair.first).name().empty());
    CHECK(remoteEndpoint(pair.first).toString() == "unix:");
}

TEST_CASE("taking an error from what is no socket is that error", "[net]") {
    CHECK(takeError(Socket()) == systemCode(std::errc::bad_file_descriptor));
    const Socket pipe = Socket::adopt(makePair(PairKind::pipe).ours.release());
    CHECK(takeError(pipe) == systemCode(std::errc::not_a_socket));
}

TEST_CASE("options of what can't have them are errors", "[net]") {
    CHECK(noDelay(socketPair().first) == systemCode(std::errc::operation_not_supported));
    CHECK(noDelay(Socket()) == systemCode(std::errc::bad_file_descriptor));
    CHECK(sendBuffer(Socket(), 1) == systemCode(std::errc::bad_file_descriptor));
    CHECK(receiveBuffer(Socket(), 1) == systemCode(std::errc::bad_file_descriptor));
    CHECK(abortOnClose(Socket()) == systemCode(std::errc::bad_file_descriptor));
    CHECK(shutdownSend(Socket()) == systemCode(std::errc::bad_file_descriptor));
    CHECK(shutdownRecv(Socket()) == systemCode(std::errc::bad_file_descriptor));
    CHECK(nonBlocking(Socket()) == systemCode(std::errc::bad_file_descriptor));
    CHECK(shutdownSend(Socket::adopt(polleros::detail::NetCalls::open(AF_INET, SOCK_STREAM))) ==
          std::errc::not_connected);
}

TEST_CASE("an adopted handle is made non-blocking, and back", "[net]") {
    const Socket socket = Socket::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_FALSE(isNonBlocking(socket.nativeHandle()));
    CHECK_FALSE(nonBlocking(socket));
    CHECK(isNonBlocking(socket.nativeHandle()));
    CHECK_FALSE(nonBlocking(socket)); // already
    CHECK_FALSE(nonBlocking(socket, false));
    CHECK_FALSE(isNonBlocking(socket.nativeHandle()));
    const Pipe pipe = pipePair();
    CHECK_FALSE(nonBlocking(pipe.reader, false));
    CHECK_FALSE(isNonBlocking(pipe.reader.nativeHandle()));
}
