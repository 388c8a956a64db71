// SPDX-License-Identifier: MIT
#include "net_support.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/net/pair.hpp>
#include <polleros/net/socket.hpp>

#include <set>
#include <thread>
#include <type_traits>
#include <vector>

using namespace polleros_test;
using polleros::HandleRef;
using polleros::invalidHandle;
using polleros::net::Socket;

static_assert(!std::is_copy_constructible_v<Socket> && !std::is_copy_assignable_v<Socket>);
static_assert(std::is_nothrow_move_constructible_v<Socket> && std::is_nothrow_move_assignable_v<Socket>);
static_assert(!std::is_convertible_v<int, Socket>, "a number is adopted in so many words");
static_assert(std::is_convertible_v<const Socket&, HandleRef>);
static_assert(sizeof(Socket) == sizeof(HandleRef));

namespace {

NativeHandle freshFd() {
    return makePair(PairKind::unixStream).ours.release();
}

} // namespace

TEST_CASE("an empty socket has no handle and version 0", "[net]") {
    const Socket none;
    CHECK_FALSE(none);
    CHECK(none.nativeHandle() == invalidHandle);
    CHECK(none.version() == 0);
    CHECK(static_cast<HandleRef>(none) == HandleRef{});
    CHECK(Socket::adopt(invalidHandle).version() == 0);
    CHECK_FALSE(Socket::adopt(invalidHandle));
}

TEST_CASE("adopting draws a version, and the same number gets another one", "[net]") {
    const NativeHandle number = freshFd();
    Socket first = Socket::adopt(number);
    const HandleRef before = first;
    CHECK(before.number == number);
    CHECK(before.version != 0);
    CHECK_FALSE(first.close());
    Socket second = Socket::adopt(forceFdNumber(Fd(freshFd()), number).release());
    const HandleRef after = second;
    CHECK(after.number == before.number);
    CHECK(after != before);
    CHECK(after != HandleRef(number));
}

TEST_CASE("number and version travel with a move", "[net]") {
    Socket from = Socket::adopt(freshFd());
    const HandleRef ref = from;
    Socket to(std::move(from));
    CHECK(static_cast<HandleRef>(to) == ref);
    CHECK(static_cast<HandleRef>(from) == HandleRef{}); // NOLINT(bugprone-use-after-move): what is left is a promise
    from = std::move(to);
    CHECK(static_cast<HandleRef>(from) == ref);
    CHECK_FALSE(to); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("moving to itself changes nothing", "[net]") {
    Socket socket = Socket::adopt(freshFd());
    const HandleRef ref = socket;
    Socket& same = socket;
    socket = std::move(same);
    CHECK(static_cast<HandleRef>(socket) == ref);
    CHECK(isOpen(ref.number));
    swap(socket, same);
    CHECK(static_cast<HandleRef>(socket) == ref);
}

TEST_CASE("assigning closes what was owned", "[net]") {
    Socket socket = Socket::adopt(freshFd());
    const NativeHandle old = socket.nativeHandle();
    socket = Socket::adopt(freshFd());
    CHECK_FALSE(isOpen(old));
    const NativeHandle last = socket.nativeHandle();
    socket = Socket();
    CHECK_FALSE(isOpen(last));
}

TEST_CASE("swap exchanges versions too", "[net]") {
    Socket a = Socket::adopt(freshFd());
    Socket b;
    const HandleRef ref = a;
    swap(a, b);
    CHECK_FALSE(a);
    CHECK(static_cast<HandleRef>(b) == ref);
}

TEST_CASE("a released handle stays open and has a new version when it is adopted again", "[net]") {
    Socket socket = Socket::adopt(freshFd());
    const HandleRef ref = socket;
    const NativeHandle number = socket.release();
    CHECK_FALSE(socket);
    CHECK(isOpen(number));
    socket = Socket::adopt(number);
    CHECK(socket.version() != ref.version);
}

TEST_CASE("close reports a handle that somebody else closed, and owns nothing afterwards", "[net]") {
    Socket socket = Socket::adopt(freshFd());
    Fd(socket.nativeHandle()).close();
    CHECK(socket.close() == notOpen());
    CHECK_FALSE(socket);
    CHECK_FALSE(socket.close());
}

TEST_CASE("versions drawn in several threads are never equal", "[net]") {
    constexpr std::size_t each = 2000;
    std::vector<std::vector<std::uint32_t>> drawn(4);
    std::vector<std::thread> threads;
    threads.reserve(drawn.size());
    for (auto& mine : drawn) {
        threads.emplace_back([&mine] {
            for (std::size_t index = 0; index < each; ++index) {
                Socket socket = Socket::adopt(1'000'000); // never open, and given back
                mine.push_back(socket.version());
                static_cast<void>(socket.release());
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::set<std::uint32_t> all;
    for (const auto& mine : drawn) {
        all.insert(mine.begin(), mine.end());
    }
    CHECK(all.size() == 4 * each);
    CHECK(all.count(0) == 0);
}

TEST_CASE("version 0 is skipped when the counter wraps", "[net]") {
    auto& counter = polleros::detail::lastHandleVersion;
    const std::uint32_t before = counter.exchange(0xFFFF'FFFEU);
    CHECK(polleros::detail::drawHandleVersion() == 0xFFFF'FFFFU);
    CHECK(polleros::detail::drawHandleVersion() == 1);
    counter = before;
}
