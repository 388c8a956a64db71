// SPDX-License-Identifier: MIT
// Filters at sockets: rows H, I, J of the case table, and datagrams.
#include "kqueue_model/kernel.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace polleros_test;

namespace {

template <class TheKernel>
void watchBoth(Queue<TheKernel>& queue, int fd, std::uint32_t flags = 0) {
    CHECK(queue.apply({queue.change(fd, queue.read, evAdd | flags), queue.change(fd, queue.write, evAdd | flags)}) ==
          0);
}

const PairKind streams[] = {PairKind::tcp, PairKind::unixStream};

} // namespace

TEMPLATE_TEST_CASE("H1 H3 H4 the filters of a descriptor are of their own kind and do not report each other",
                   "[kqueue]", POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : streams) {
        Queue<TestType> queue;
        const FdPair pair = makePair(kind);
        const int fd = pair.ours.get();
        CHECK(queue.apply({queue.change(fd, queue.read, evAdd | evClear), queue.change(fd, queue.write, evAdd)}) == 0);
        writeBytes(pair.peer.get(), 1);
        arrives(fd, POLLIN);
        CHECK(queue.harvest().size() == 2);
        CHECK_FALSE(queue.of(fd, queue.read)); // an edge: once, though there are bytes
        CHECK(queue.of(fd, queue.write));      // level
        // Room to write is no news for a reader who has not read.
        fillSend(fd);
        CHECK(queue.silent());
        readAll(pair.peer.get());
        arrives(fd, POLLOUT);
        CHECK(queue.of(fd, queue.write));
        CHECK_FALSE(queue.of(fd, queue.read));
        // Another byte is another edge.
        writeBytes(pair.peer.get(), 1);
        std::optional<Seen> event;
        for (int attempt = 0; !event && attempt < 100; ++attempt) {
            ::usleep(1'000);
            event = queue.of(fd, queue.read);
        }
        REQUIRE(event);
        CHECK(event->data == 2);
        // Without the one, the other stays what it is.
        CHECK(queue.apply(queue.change(fd, queue.write, evDelete)) == 0);
        CHECK(queue.silent());
    }
}

TEMPLATE_TEST_CASE("an edge of WRITE is more room, not what the peer does otherwise", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::tcp);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd | evClear)) == 0);
    CHECK(queue.one());
    writeBytes(pair.peer.get(), 1);
    ::shutdown(pair.peer.get(), SHUT_WR);
    arrives(fd, POLLRDHUP);
    CHECK(queue.silent());
    fillSend(fd);
    CHECK(queue.silent());
    readAll(pair.peer.get());
    arrives(fd, POLLOUT);
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("I1 a peer's half close is the end of READ, and none of WRITE", "[kqueue]", POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : streams) {
        Queue<TestType> queue;
        const FdPair pair = makePair(kind);
        const int fd = pair.ours.get();
        watchBoth(queue, fd);
        ::shutdown(pair.peer.get(), SHUT_WR);
        arrives(fd, POLLRDHUP);
        for (int round = 0; round < 2; ++round) { // and stays it
            const auto events = queue.harvest();
            REQUIRE(events.size() == 2);
            for (const Seen& event : events) {
                CHECK(event.end() == (event.filter == static_cast<std::int64_t>(queue.read)));
                CHECK(event.fflags == 0);
            }
        }
    }
}

TEMPLATE_TEST_CASE("I2 the end is told beside the bytes that are still unread", "[kqueue]", POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : streams) {
        Queue<TestType> queue;
        const FdPair pair = makePair(kind);
        const int fd = pair.ours.get();
        watchBoth(queue, fd);
        writeBytes(pair.peer.get(), 3);
        ::shutdown(pair.peer.get(), SHUT_WR);
        arrives(fd, POLLRDHUP);
        auto event = queue.of(fd, queue.read);
        REQUIRE(event);
        CHECK(event->end());
        CHECK(event->data == 3);
        CHECK(readAll(fd).bytes == 3);
        event = queue.of(fd, queue.read);
        REQUIRE(event);
        CHECK(event->end());
        CHECK(event->data == 0);
    }
}

TEMPLATE_TEST_CASE("I3 I11 a full close: the end of READ on TCP, of both on a local socket", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : streams) {
        Queue<TestType> queue;
        FdPair pair = makePair(kind);
        const int fd = pair.ours.get();
        watchBoth(queue, fd);
        pair.peer.close();
        arrives(fd, POLLRDHUP);
        const auto events = queue.harvest();
        REQUIRE(events.size() == 2);
        for (const Seen& event : events) {
            CHECK(event.end() ==
                  (kind == PairKind::unixStream || event.filter == static_cast<std::int64_t>(queue.read)));
            CHECK(event.fflags == 0);
        }
    }
}

TEMPLATE_TEST_CASE(
    "I4 a reset is an end with its error in both filters, again and again, and takes the error from nobody", "[kqueue]",
    POLLEROS_TEST_KERNELS) {
    for (const std::size_t unread : {0U, 3U}) {
        Queue<TestType> queue;
        FdPair pair = makePair(PairKind::tcp);
        const int fd = pair.ours.get();
        watchBoth(queue, fd);
        if (unread != 0) {
            writeBytes(pair.peer.get(), unread);
            arrives(fd, POLLIN);
        }
        closeWithReset(pair.peer);
        arrives(fd, POLLRDHUP);
        for (int round = 0; round < 3; ++round) {
            const auto events = queue.harvest();
            REQUIRE(events.size() == 2);
            for (const Seen& event : events) {
                CHECK(event.end());
                CHECK(event.fflags == ECONNRESET);
            }
        }
        CHECK(takeSocketError(fd) == ECONNRESET);
        // It is the error that is gone then, not the end.
        for (const Seen& event : queue.harvest()) {
            CHECK(event.end());
            CHECK(event.fflags == 0);
        }
    }
}

TEMPLATE_TEST_CASE("I4 the side that accepted is reset as well", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::tcp);
    const int fd = pair.peer.get();
    closeWithReset(pair.ours);
    arrives(fd, POLLRDHUP);
    watchBoth(queue, fd);
    const auto events = queue.harvest();
    REQUIRE(events.size() == 2);
    CHECK(events[0].fflags == ECONNRESET);
    CHECK(events[1].fflags == ECONNRESET);
    CHECK(readSome(fd, 1).error == ECONNRESET);
}

TEMPLATE_TEST_CASE("a local peer that goes with bytes of ours unread resets", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    watchBoth(queue, fd);
    writeBytes(fd, 1);
    pair.peer.close();
    const auto events = queue.harvest();
    REQUIRE(events.size() == 2);
    for (const Seen& event : events) {
        CHECK(event.end());
        CHECK(event.fflags == ECONNRESET);
    }
    CHECK(takeSocketError(fd) == ECONNRESET);
}

TEMPLATE_TEST_CASE("I6 WRITE alone hears no end of a peer's FIN, and one of the reset", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::tcp);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd)) == 0);
    pair.peer.close();
    arrives(fd, POLLRDHUP);
    auto event = queue.one();
    REQUIRE(event);
    CHECK_FALSE(event->end());
    CHECK(event->data > 0);
    writeBytes(fd, 1); // answered by a reset
    arrives(fd, 0);
    event = queue.one();
    REQUIRE(event);
    CHECK(event->end());
    CHECK(event->fflags == ECONNRESET);
}

TEMPLATE_TEST_CASE("I7 after a shutdown of our own: of both, or of what was shut", "[kqueue]", POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : streams) {
        for (const int how : {SHUT_RDWR, SHUT_WR, SHUT_RD}) {
            Queue<TestType> queue;
            const FdPair pair = makePair(kind);
            const int fd = pair.ours.get();
            watchBoth(queue, fd);
            ::shutdown(fd, how);
            const auto read = queue.of(fd, queue.read);
            const auto write = queue.of(fd, queue.write);
            CHECK((read && read->end()) == (how != SHUT_WR));
            REQUIRE(write);
            CHECK(write->end() == (how != SHUT_RD));
            CHECK(queue.of(fd, queue.write)); // for ever
        }
    }
}

TEMPLATE_TEST_CASE("J1 J2 a refused connect: the end with its error in both filters, and it stays the socket's",
                   "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const Fd client = connectTcp(deadPort());
    const int fd = client.get();
    watchBoth(queue, fd);
    arrives(fd, POLLOUT);
    for (int round = 0; round < 2; ++round) {
        const auto events = queue.harvest();
        REQUIRE(events.size() == 2);
        for (const Seen& event : events) {
            CHECK(event.end());
            CHECK(event.fflags == ECONNREFUSED);
        }
    }
    CHECK(takeSocketError(fd) == ECONNREFUSED);
    CHECK(queue.harvest().size() == 2);
}

TEMPLATE_TEST_CASE("a connect that succeeds is told by WRITE once it has", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const TcpListener listener = listenTcp();
    const Fd client = freshTcp();
    watchBoth(queue, client.get(), evClear);
    CHECK(queue.silent());
    const Fd connected = forceFdNumber(connectTcp(listener.port), client.get() + 100);
    watchBoth(queue, connected.get(), evClear);
    arrives(connected.get(), POLLOUT);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->filter == static_cast<std::int64_t>(queue.write));
    CHECK_FALSE(event->end());
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("J3 a socket that was never connected says nothing", "[kqueue]", POLLEROS_TEST_KERNELS) {
    const Fd tcp = freshTcp();
    const Fd local(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    for (const int fd : {tcp.get(), local.get()}) {
        Queue<TestType> queue;
        watchBoth(queue, fd);
        CHECK(polled(queue.fd(), POLLIN, 0) == 0);
        CHECK(queue.silent());
        CHECK(polled(queue.fd(), POLLIN, 0) == 0);
    }
}

TEMPLATE_TEST_CASE("J5 a listener's data is its backlog", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const TcpListener listener = listenTcp();
    const int fd = listener.fd.get();
    watchBoth(queue, fd);
    CHECK(queue.silent());
    const Fd first = connectTcp(listener.port);
    arrives(fd, POLLIN);
    auto event = queue.one();
    REQUIRE(event);
    CHECK(event->data == 1);
    const Fd second = connectTcp(listener.port);
    arrives(second.get(), POLLOUT);
    event = queue.one();
    REQUIRE(event);
    CHECK(event->data == 2);
    const Fd served[] = {acceptOne(fd), acceptOne(fd)};
    CHECK(served[1]);
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("J5 a listener that is shut down", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const TcpListener listener = listenTcp();
    const int fd = listener.fd.get();
    watchBoth(queue, fd);
    ::shutdown(fd, SHUT_RDWR);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->end());
    CHECK(event->filter == static_cast<std::int64_t>(queue.system == System::netbsd ? queue.write : queue.read));
    CHECK(event->fflags == (queue.system == System::freebsd ? ECONNABORTED : 0));
}

TEMPLATE_TEST_CASE("a socket may begin to listen while it is watched", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const Fd listener = freshTcp();
    CHECK(queue.apply(queue.change(listener.get(), queue.read, evAdd)) == 0);
    CHECK(queue.silent());
    REQUIRE(::listen(listener.get(), 4) == 0); // on a port of its own
    ::sockaddr_in address{};
    ::socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<::sockaddr*>(&address), &size);
    const Fd client = connectTcp(ntohs(address.sin_port));
    arrives(listener.get(), POLLIN);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->data == 1);
}

TEMPLATE_TEST_CASE("datagrams: an error of one is an event of both filters, and no end", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::udp);
    const int fd = pair.ours.get();
    watchBoth(queue, fd, evClear);
    CHECK(queue.one()); // writable
    writeBytes(pair.peer.get(), 5);
    arrives(fd, POLLIN);
    auto event = queue.of(fd, queue.read);
    REQUIRE(event);
    CHECK(event->data == 5);
    readAll(fd);
    pair.peer.close();
    CHECK(queue.harvest().size() <= 1);
    writeBytes(fd, 1); // nobody is there
    arrives(fd, 0);
    event = queue.of(fd, queue.read);
    REQUIRE(event);
    CHECK_FALSE(event->end());
    CHECK(event->fflags == 0);
    CHECK(takeSocketError(fd) == ECONNREFUSED);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    CHECK_FALSE(queue.of(fd, queue.read));
}

TEMPLATE_TEST_CASE("EXCEPT tells of a byte out of band, where the system has the filter", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    using Calls = typename Queue<TestType>::Calls;
    STATIC_REQUIRE(Calls::hasExceptFilter ==
                   (TestType::system == System::openbsd || TestType::system == System::macos));
    if constexpr (Calls::hasExceptFilter) {
        Queue<TestType> queue;
        const FdPair pair = makePair(PairKind::tcp);
        const int fd = pair.ours.get();
        CHECK(queue.apply({queue.change(fd, queue.except, evAdd, markOne, Calls::noteOob),
                           queue.change(fd, queue.read, evAdd)}) == 0);
        writeBytes(pair.peer.get(), 1);
        arrives(fd, POLLIN);
        CHECK(queue.one()->filter == static_cast<std::int64_t>(queue.read));
        readAll(fd);
        REQUIRE(::send(pair.peer.get(), "!", 1, MSG_OOB) == 1);
        arrives(fd, POLLPRI);
        const auto event = queue.of(fd, queue.except);
        REQUIRE(event);
        CHECK(event->udata == markOne);
        CHECK(event->fflags == Calls::noteOob);
        char byte = 0;
        CHECK(::recv(fd, &byte, 1, MSG_OOB) == 1);
        CHECK_FALSE(queue.of(fd, queue.except));
    }
}

TEMPLATE_TEST_CASE("W1 NOTE_LOWAT is of one knote, not of the socket", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    Queue<TestType> other;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd, 0, kq::noteLowat, 3)) == 0);
    CHECK(other.apply(other.change(fd, other.read, evAdd)) == 0);
    writeBytes(pair.peer.get(), 2);
    CHECK(queue.silent());
    CHECK(other.one());
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.one()->data == 3);
    // The end is told whatever there is.
    CHECK(readSome(fd, 2).bytes == 2);
    CHECK(queue.silent());
    ::shutdown(pair.peer.get(), SHUT_WR);
    CHECK(queue.one()->end());
}

TEMPLATE_TEST_CASE("W1 more than the buffer can hold: never, or on macOS all that it can", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd, 0, kq::noteLowat, 1 << 30)) == 0);
    CHECK(queue.silent() == (queue.system != System::macos));
    writeBytes(fd, 1);
    CHECK(queue.silent());
}
