// SPDX-License-Identifier: MIT
// In which order events come, and what becomes of closed descriptors: rows K, L, P, Q of the case table.
#include "kqueue_model/kernel.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace polleros_test;

TEMPLATE_TEST_CASE("K a knote dies with the number of its descriptor, also if a duplicate lives", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    for (const PairKind kind : {PairKind::tcp, PairKind::unixStream, PairKind::pipe}) {
        Queue<TestType> queue;
        FdPair pair = makePair(kind);
        const int fd = pair.ours.get();
        const Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
        writeBytes(pair.peer.get(), 1);
        arrives(fd, POLLIN);
        CHECK(queue.one());
        pair.ours.close();
        CHECK(KqueueModel::registered(queue.fd()) == 0);
        CHECK(polled(queue.fd(), POLLIN, 0) == 0);
        writeBytes(pair.peer.get(), 1);
        CHECK(polled(queue.fd(), POLLIN, 0) == 0);
        CHECK(queue.silent());
        CHECK(queue.apply(queue.change(fd, queue.read, evDelete)) == (queue.system == System::macos ? ENOENT : EBADF));
        // The duplicate may be watched on its own.
        CHECK(queue.apply(queue.change(duplicate.get(), queue.read, evAdd)) == 0);
        CHECK(queue.one());
    }
}

TEMPLATE_TEST_CASE("K closing a duplicate does nothing to the original", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    Fd duplicate(::fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, 0));
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd)) == 0);
    duplicate.close();
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("K dup2 and dup3 end the knotes of the number they take", "[kqueue]", POLLEROS_TEST_KERNELS) {
    for (const bool three : {false, true}) {
        Queue<TestType> queue;
        const FdPair old = makePair(PairKind::unixStream);
        const FdPair next = makePair(PairKind::unixStream);
        const int fd = old.ours.get();
        CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
        writeBytes(old.peer.get(), 1);
        writeBytes(next.peer.get(), 1);
        CHECK((three ? ::dup3(-1, fd, O_CLOEXEC) : ::dup2(-1, fd)) == -1); // takes nothing
        CHECK(queue.one());
        CHECK((three ? ::dup3(next.ours.get(), fd, O_CLOEXEC) : ::dup2(next.ours.get(), fd)) == fd);
        CHECK(KqueueModel::registered(queue.fd()) == 0);
        CHECK(queue.silent());
        CHECK(queue.apply(queue.change(fd, queue.read, evAdd, markTwo)) == 0);
        CHECK(queue.one()->udata == markTwo);
    }
    const FdPair pair = makePair(PairKind::pipe);
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd)) == 0);
    CHECK(::dup2(pair.ours.get(), pair.ours.get()) == pair.ours.get()); // is nothing
    CHECK(::dup3(pair.ours.get(), pair.ours.get(), 0) == -1);
    CHECK(errno == EINVAL);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
}

TEMPLATE_TEST_CASE("L a number that is used again starts clean", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair old = makePair(PairKind::unixStream);
    const int fd = old.ours.get();
    CHECK(queue.apply({queue.change(fd, queue.read, evAdd, markOne), queue.change(fd, queue.write, evAdd, markOne)}) ==
          0);
    CHECK(queue.one());
    const Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    old.ours.close();
    FdPair next = makePair(PairKind::unixStream);
    next.ours = forceFdNumber(std::move(next.ours), fd);
    writeBytes(next.peer.get(), 1);
    writeBytes(old.peer.get(), 1);
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.write, evDelete)) == ENOENT);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd, markTwo)) == 0);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->udata == markTwo);
    CHECK(event->data == 1);
}

TEMPLATE_TEST_CASE("L also when nobody saw the close, and the old file lives on", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair old = makePair(PairKind::unixStream);
    const int fd = old.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear, markOne)) == 0);
    const Fd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, fd + 10));
    std::FILE* const stream = ::fdopen(old.ours.release(), "r");
    REQUIRE(stream != nullptr);
    std::fclose(stream); // the C library's own close
    const FdPair next = makePair(PairKind::unixStream);
    REQUIRE(next.ours.get() == fd);
    writeBytes(next.peer.get(), 1);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear, markTwo)) == 0);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
    CHECK(queue.one()->udata == markTwo);
    writeBytes(old.peer.get(), 1); // an edge of the old file's
    CHECK(queue.silent());
    writeBytes(next.peer.get(), 1);
    CHECK(queue.one()->data == 2);
}

TEMPLATE_TEST_CASE("P with room for one event, everyone has their turn", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    std::vector<FdPair> pairs;
    for (int index = 0; index < 3; ++index) {
        pairs.push_back(makePair(PairKind::unixStream));
        writeBytes(pairs.back().peer.get(), 1);
        const int fd = pairs.back().ours.get();
        CHECK(queue.apply({queue.change(fd, queue.read, evAdd), queue.change(fd, queue.write, evAdd)}) == 0);
    }
    std::multiset<std::pair<std::uintptr_t, std::int64_t>> seen;
    for (int round = 0; round < 12; ++round) {
        const auto events = queue.harvest(1);
        REQUIRE(events.size() == 1);
        seen.emplace(events[0].ident, events[0].filter);
    }
    for (const auto& key : seen) {
        CHECK(seen.count(key) == 2);
    }
    // A harvest with much room tells each once.
    CHECK(queue.harvest(100).size() == 6);
    CHECK(queue.harvest(4).size() == 4);
}

TEMPLATE_TEST_CASE("Q1 events come in the order of their activation", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair one = makePair(PairKind::unixStream);
    const FdPair two = makePair(PairKind::unixStream);
    writeBytes(one.peer.get(), 1);
    writeBytes(two.peer.get(), 1);
    const auto change = [&](const FdPair& pair, auto filter) { return queue.change(pair.ours.get(), filter, evAdd); };
    CHECK(queue.apply({change(one, queue.read), change(two, queue.read), change(one, queue.write),
                       change(two, queue.write)}) == 0);
    const auto events = queue.harvest();
    REQUIRE(events.size() == 4);
    const auto is = [&](std::size_t index, const FdPair& pair, auto filter) {
        return events[index].ident == static_cast<std::uintptr_t>(pair.ours.get()) &&
               events[index].filter == static_cast<std::int64_t>(filter);
    };
    CHECK(is(0, one, queue.read));
    CHECK(is(1, two, queue.read));
    CHECK(is(2, one, queue.write));
    CHECK(is(3, two, queue.write));
}

TEMPLATE_TEST_CASE("a condition that is over by the time of the harvest is no event", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd | evClear)) == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.call({}, 0).result == 0); // noticed
    CHECK(polled(queue.fd(), POLLIN, 0) == POLLIN);
    readAll(pair.ours.get());
    CHECK(queue.silent());
    CHECK(polled(queue.fd(), POLLIN, 0) == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("ten thousand idle descriptors cost a wait nothing", "[kqueue]", FreeBsd, NetBsd) {
    ::rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    ::rlimit limit = before;
    limit.rlim_cur = std::min<::rlim_t>(limit.rlim_max, 24'000);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    {
        Queue<TestType> queue;
        std::vector<FdPair> pairs;
        const std::size_t count = std::min<std::size_t>(10'000, static_cast<std::size_t>(limit.rlim_cur) / 2 - 100);
        for (std::size_t index = 0; index < count; ++index) {
            pairs.push_back(makePair(PairKind::unixStream));
            CHECK(queue.apply(queue.change(pairs.back().ours.get(), queue.read, evAdd)) == 0);
        }
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t round = 0; round < 1'000; ++round) {
            const FdPair& pair = pairs[round * 7 % count];
            writeBytes(pair.peer.get(), 1);
            const auto event = queue.one();
            REQUIRE(event);
            CHECK(event->ident == static_cast<std::uintptr_t>(pair.ours.get()));
            readAll(pair.ours.get());
        }
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
        for (const FdPair& pair : pairs) {
            writeBytes(pair.peer.get(), 1);
        }
        CHECK(queue.harvest(20'000).size() == count);
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
}
