// SPDX-License-Identifier: MIT
// What the next read of a handle would find, of which kind of handle this can be known, and that a look changes nothing.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/codes.hpp"
#include "support/fds.hpp"

#include <polleros/detail/next_read.hpp>

#include <cerrno>
#include <vector>

namespace polleros_test {
namespace {

using polleros::detail::Ahead;
using polleros::detail::nextRead;

// That have streams of bytes.
std::vector<PairKind> kindsOfStreams() {
    std::vector<PairKind> kinds{PairKind::tcp, PairKind::unixStream};
    if (Kernel::waitsForPipes) {
        kinds.push_back(PairKind::pipe);
    }
    return kinds;
}

} // namespace

TEST_CASE("what can be read is ahead, and is still there") {
    std::vector<PairKind> kinds = kindsOfStreams();
    kinds.push_back(PairKind::udp);
    for (const PairKind kind : kinds) {
        CAPTURE(static_cast<int>(kind));
        const FdPair pair = makePair(kind);
        writeBytes(pair.peer.get(), 3);
        static_cast<void>(pollFor(pair.ours.get(), readable, 5000));
        for (int look = 0; look < 3; ++look) {
            CHECK(nextRead(pair.ours.get()).ahead == Ahead::data);
        }
        CHECK(readAll(pair.ours.get()).bytes == 3);
        CHECK(nextRead(pair.ours.get()).ahead == Ahead::unknown);
    }
}

TEST_CASE("the end of a stream is ahead when all before it has been read, but not of what is no socket") {
    for (const PairKind kind : kindsOfStreams()) {
        CAPTURE(static_cast<int>(kind));
        FdPair pair = makePair(kind);
        writeBytes(pair.peer.get(), 3);
        if (kind == PairKind::pipe) {
            pair.peer.close();
        } else {
            halfClose(pair.peer.get());
        }
        static_cast<void>(pollFor(pair.ours.get(), endOfStream, 5000));
        CHECK(nextRead(pair.ours.get()).ahead == Ahead::data);
        CHECK(readSome(pair.ours.get(), 3).bytes == 3);
        for (int look = 0; look < 3; ++look) {
            CHECK(nextRead(pair.ours.get()).ahead == (kind == PairKind::pipe ? Ahead::unknown : Ahead::end));
        }
    }
}

TEST_CASE("an empty datagram is something to read, and not the end") {
    const Fd socket = udpToItself();
    tryWrite(socket.get(), "", 0);
    static_cast<void>(pollFor(socket.get(), readable, 5000));
    const Ahead ahead = nextRead(socket.get()).ahead;
    CHECK(ahead == Ahead::data);
}

TEST_CASE("an error is ahead with its reason") {
    const Fd open = freshTcp();
    if (Kernel::readTellsReset) {
        FdPair pair = makePair(PairKind::tcp);
        closeWithReset(pair.peer);
        static_cast<void>(pollFor(pair.ours.get(), readable, 5000));
        const polleros::detail::NextRead next = nextRead(pair.ours.get());
        CHECK(next.ahead == Ahead::error);
        CHECK(next.error.value() == nativeCode(ECONNRESET));
    }
    const Fd refused = connectTcp(deadPort());
    static_cast<void>(pollFor(refused.get(), writable, 5000));
    if (Kernel::forgetsTakenError) {
        CHECK(polleros::detail::pendingError(refused.get()).value() == nativeCode(ECONNREFUSED));
    }
    CHECK_FALSE(polleros::detail::pendingError(open.get()));
}

TEST_CASE("what cannot be known of a handle is no error, and leaves none") {
    const FdPair idle = makePair(PairKind::tcp);
    const TcpListener listener = listenTcp();
    const Fd fresh = freshTcp();
    for (const NativeHandle handle : {idle.ours.get(), listener.fd.get(), fresh.get()}) {
        errno = 42;
        const polleros::detail::NextRead next = nextRead(handle);
        const int after = errno;
        CHECK(next.ahead == Ahead::unknown);
        CHECK_FALSE(next.error);
        CHECK(after == 42);
    }
}

} // namespace polleros_test
