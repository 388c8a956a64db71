// SPDX-License-Identifier: MIT
// What changes do to knotes: rows A, C, D, E, F of the case table.
#include "kqueue_model/kernel.hpp"

#include <fcntl.h>
#include <poll.h>

using namespace polleros_test;

TEMPLATE_TEST_CASE("A1 a second ADD replaces the udata of a level-triggered knote", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd, markOne)) == 0);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd, markTwo)) == 0);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
    writeBytes(pair.peer.get(), 3);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->udata == markTwo);
    CHECK(event->ident == static_cast<std::uintptr_t>(fd));
    CHECK(event->data == 3);
    CHECK(queue.one()); // level: until it is read
    readAll(fd);
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("A2 a second ADD makes an event of a condition that is still true", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear, markOne)) == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.one());
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear, markTwo)) == 0);
    auto event = queue.one();
    REQUIRE(event);
    CHECK(event->udata == markTwo);
    CHECK(queue.silent());

    // The kind of knote was settled by the first ADD.
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("A5 DELETE and ADD in one list", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear, markOne)) == 0);
    const auto outcome =
        queue.call({queue.change(fd, queue.read, evDelete), queue.change(fd, queue.read, evAdd, markTwo)}, 4);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].udata == markTwo);
    CHECK(queue.one()); // and level-triggered now
}

TEMPLATE_TEST_CASE("A6 a bare ENABLE replaces the udata, but not on OpenBSD", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const std::uint64_t after = queue.system == System::openbsd ? markOne : markTwo;
    for (const std::uint32_t flag : {evEnable, evDisable}) {
        CHECK(queue.apply(queue.change(fd, queue.write, evAdd, markOne)) == 0);
        CHECK(queue.apply(queue.change(fd, queue.write, flag, markTwo)) == 0);
        if (flag == evDisable) {
            CHECK(queue.silent());
            CHECK(queue.apply(queue.change(fd, queue.write, evEnable, after)) == 0);
        }
        const auto event = queue.one();
        REQUIRE(event);
        CHECK(event->udata == after);
    }
}

TEMPLATE_TEST_CASE("a bare ENABLE of an edge that was reported: another event, but not on OpenBSD", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd | evClear)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.write, evEnable)) == 0);
    CHECK(queue.silent() == (queue.system == System::openbsd));
}

TEMPLATE_TEST_CASE("C1 DISABLE silences, ENABLE tells what is true by then", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    CHECK(queue.one());
    CHECK(queue.apply(queue.change(fd, queue.read, evDisable)) == 0);
    CHECK(queue.silent());
    CHECK(polled(queue.fd(), POLLIN, 0) == 0);
    CHECK(queue.apply(queue.change(fd, queue.read, evEnable)) == 0);
    CHECK(queue.one());

    CHECK(queue.apply(queue.change(fd, queue.read, evDisable)) == 0);
    readAll(fd);
    CHECK(queue.apply(queue.change(fd, queue.read, evEnable)) == 0);
    CHECK(queue.silent());
    // An edge that came while it was disabled is not lost.
    CHECK(queue.apply({queue.change(fd, queue.read, evDelete),
                       queue.change(fd, queue.read, evAdd | evClear | evDisable)}) == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.read, evEnable)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("C2 an ADD does not enable", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd)) == 0);
    CHECK(queue.apply(queue.change(fd, queue.write, evDisable)) == 0);
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd, markTwo)) == 0);
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd | evEnable, markTwo)) == 0);
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("C3 a knote may begin disabled; FreeBSD refuses a contradiction", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd | evDisable)) == 0);
    CHECK(queue.silent());
    CHECK(queue.apply(queue.change(fd, queue.write, evEnable)) == 0);
    CHECK(queue.one());
    CHECK(queue.apply(queue.change(fd, queue.write, evEnable | evDisable)) ==
          (queue.system == System::freebsd ? EINVAL : 0));
}

TEMPLATE_TEST_CASE("D a knote that is missing is ENOENT, as the call's error or as an entry", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    for (const std::uint32_t flag : {evDelete, evEnable, evDisable}) {
        for (const auto filter : {queue.read, queue.write, queue.user}) {
            const auto change = queue.change(fd, filter, flag, markOne);
            const auto cramped = queue.call({change}, 0);
            CHECK(cramped.result == -1);
            CHECK(cramped.error == ENOENT);
            const auto roomy = queue.call({change}, 4);
            REQUIRE(roomy.result == 1);
            CHECK(roomy.events[0].failed());
            CHECK(roomy.events[0].data == ENOENT);
            CHECK(roomy.events[0].ident == static_cast<std::uintptr_t>(fd));
            CHECK(roomy.events[0].filter == static_cast<std::int64_t>(filter));
            CHECK(roomy.events[0].udata == markOne);
        }
    }
}

TEMPLATE_TEST_CASE("E a closed descriptor is EBADF; macOS says ENOENT unless it is an ADD", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    pair.ours.close();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == EBADF);
    const int other = queue.system == System::macos ? ENOENT : EBADF;
    for (const std::uint32_t flag : {evDelete, evEnable, evDisable}) {
        CHECK(queue.apply(queue.change(fd, queue.read, flag)) == other);
    }
    CHECK(queue.apply(queue.change(-1, queue.read, evAdd)) == EBADF);
    CHECK(queue.apply(queue.change(~std::uintptr_t{0} - 7, queue.read, evAdd)) == EBADF);
}

TEMPLATE_TEST_CASE("unknown filters are EINVAL, and filter 0 is what the system makes of it", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    using Number = decltype(queue.change(0, queue.read, 0).filter);
    CHECK(queue.apply(queue.change(0, static_cast<Number>(100), evAdd)) == EINVAL);
    const auto outcome = queue.call({queue.change(0, static_cast<Number>(100), evAdd, markOne)}, 1);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].filter == 100);
    CHECK(outcome.events[0].data == EINVAL);
    if (queue.system == System::freebsd) {
        CHECK(queue.apply(queue.change(0, Number{}, evAdd)) == 0); // passed over
        CHECK(KqueueModel::registered(queue.fd()) == 0);
    } else if (queue.system == System::netbsd) {
        CHECK(queue.read == Number{}); // a zeroed kevent is about READ at descriptor 0
        const FdPair pair = makePair(PairKind::pipe);
        CHECK(queue.apply(queue.change(pair.ours.get(), Number{}, evAdd)) == 0);
        CHECK(KqueueModel::registered(queue.fd()) == 1);
    } else {
        CHECK(queue.apply(queue.change(0, Number{}, evAdd)) == EINVAL);
    }
}

TEMPLATE_TEST_CASE("F changes and harvest in one call, with one array", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    writeBytes(pair.peer.get(), 1);
    using Calls = typename Queue<TestType>::Calls;
    typename Calls::Kevent both[2] = {queue.change(fd, queue.read, evAdd, markOne),
                                      queue.change(fd, queue.write, evAdd, markTwo)};
    const ::timespec none{};
    REQUIRE(Calls::kevent(queue.fd(), both, 2, both, 2, &none) == 2);
    CHECK(static_cast<int>(both[0].filter) == static_cast<int>(queue.read));
    CHECK(static_cast<int>(both[1].filter) == static_cast<int>(queue.write));

    // An error in the middle overwrites nothing that is still to be read.
    typename Calls::Kevent three[3] = {queue.change(fd, queue.read, evDelete),
                                       queue.change(fd, queue.read, evDelete, markOne),
                                       queue.change(fd, queue.write, evDelete, markTwo)};
    REQUIRE(Calls::kevent(queue.fd(), three, 3, three, 3, &none) == 1);
    CHECK(static_cast<int>(three[0].data) == ENOENT);
    CHECK(KqueueModel::registered(queue.fd()) == 0);
}

TEMPLATE_TEST_CASE("ONESHOT tells once and is gone", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.write, evAdd | evOneshot)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
    CHECK(KqueueModel::registered(queue.fd()) == 0);
}

TEMPLATE_TEST_CASE("flags and fflags that no system gives away are not given away", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.write, evAdd | evEnable, markOne)) == 0);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK((event->flags & (evError | evEof | evDelete | evDisable | evReceipt)) == 0);
    CHECK(((event->flags & evAdd) != 0) == (queue.system == System::macos));
    CHECK(event->fflags == 0);
}

TEMPLATE_TEST_CASE("DISPATCH tells once and is disabled", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd | kq::evDispatch)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
    CHECK(KqueueModel::registered(queue.fd()) == 1);
    CHECK(queue.apply(queue.change(fd, queue.write, evEnable)) == 0);
    CHECK(queue.one());
    CHECK(queue.silent());
}
