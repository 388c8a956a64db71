// SPDX-License-Identifier: MIT
// What systems without SOCK_NONBLOCK and accept4 do instead, as far as it can be tried here.
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "unit/net/posix/descriptors.hpp"

#include <polleros/detail/net_os.hpp>

#include <cerrno>

#include <sys/socket.h>

using namespace polleros_test;
using polleros::detail::NetCalls;

TEST_CASE("a socket is prepared one call at a time as it would be at once", "[net]") {
    const Fd fd(NetCalls::prepared(::socket(AF_INET, SOCK_STREAM, 0)));
    REQUIRE(fd);
    CHECK(isNonBlocking(fd.get()));
    CHECK(isCloseOnExec(fd.get()));
}

TEST_CASE("preparing what is not open leaves nothing open and keeps the reason", "[net]") {
    errno = EMFILE;
    CHECK(NetCalls::prepared(-1) == -1);
    CHECK(errno == EMFILE);
    CHECK(NetCalls::prepared(1'000'000) == -1);
    CHECK(errno == EBADF);
}

TEST_CASE("would block, lost, and out of resources exclude each other", "[net]") {
    for (int code = 1; code < 200; ++code) {
        const int kinds = NetCalls::isWouldBlock(code) + NetCalls::isLostClient(code) +
                          NetCalls::isOutOfResources(code) + NetCalls::isInterrupted(code) +
                          NetCalls::isUnsupported(code);
        INFO(code);
        CHECK(kinds <= 1);
    }
    CHECK_FALSE(NetCalls::isLostClient(EBADF));
    CHECK_FALSE(NetCalls::isLostClient(EINVAL));
    CHECK_FALSE(NetCalls::isLostClient(ENOTSOCK));
}
