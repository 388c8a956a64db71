// SPDX-License-Identifier: MIT
// The queue as a descriptor: nesting, inheritance, closing, threads.
#include "kqueue_model/kernel.hpp"
#include "support/allocations.hpp"
#include "support/death.hpp"

#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace polleros_test;
using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("a queue is readable while there are active knotes in it", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd | evClear)) == 0);
    CHECK(polled(queue.fd(), POLLIN, 0) == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(polled(queue.fd(), POLLIN, 0) == POLLIN);
    CHECK(queue.one());
    CHECK(polled(queue.fd(), POLLIN, 0) == 0); // although there are bytes
    writeBytes(pair.peer.get(), 1);
    CHECK(polled(queue.fd(), POLLIN, 0) == POLLIN);
}

TEMPLATE_TEST_CASE("queues in queues: READ, whose data is how much is active", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> inner;
    Queue<TestType> middle;
    Queue<TestType> outer;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(inner.apply(inner.change(fd, inner.read, evAdd | evClear)) == 0);
    CHECK(middle.apply(middle.change(inner.fd(), middle.read, evAdd)) == 0);
    CHECK(outer.apply(outer.change(middle.fd(), outer.read, evAdd)) == 0);
    CHECK(outer.silent());
    writeBytes(pair.peer.get(), 1);
    CHECK(polled(outer.fd(), POLLIN, 0) == POLLIN);
    CHECK(outer.one()->data == 1);
    CHECK(middle.one()->data == 1);
    CHECK(inner.apply(inner.change(fd, inner.write, evAdd)) == 0);
    CHECK(middle.one()->data == 2);
    CHECK(inner.apply(inner.change(fd, inner.write, evDelete)) == 0);
    CHECK(inner.one());
    CHECK(inner.silent());
    CHECK(middle.silent());
    CHECK(outer.silent());

    CHECK(outer.apply(outer.change(middle.fd(), outer.write, evAdd)) == EINVAL);
    CHECK(outer.apply(outer.change(outer.fd(), outer.read, evAdd)) == EINVAL);
    CHECK(inner.apply(inner.change(outer.fd(), inner.read, evAdd)) == EINVAL); // a circle
    middle.close();
    CHECK(KqueueModel::registered(outer.fd()) == 0);
}

TEMPLATE_TEST_CASE("a trigger in an inner queue is an edge of the outer one, each time", "[kqueue]", FreeBsd, MacOs) {
    Queue<TestType> inner;
    Queue<TestType> outer;
    CHECK(inner.apply(inner.change(1, inner.user, evAdd)) == 0);
    CHECK(inner.apply(inner.change(2, inner.user, evAdd)) == 0);
    CHECK(outer.apply(outer.change(inner.fd(), outer.read, evAdd | evClear)) == 0);
    CHECK(inner.apply(inner.change(1, inner.user, 0, 0, noteTrigger)) == 0);
    CHECK(outer.one());
    CHECK(outer.silent());
    CHECK(inner.apply(inner.change(2, inner.user, 0, 0, noteTrigger)) == 0);
    CHECK(outer.one()->data == 2);
}

TEMPLATE_TEST_CASE("a closed queue, or what never was one, is EBADF", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    using Calls = typename Queue<TestType>::Calls;
    const int fd = queue.fd();
    queue.close();
    CHECK_FALSE(KqueueModel::registered(fd));
    const FdPair pair = makePair(PairKind::pipe);
    const ::timespec none{};
    for (const int bad : {fd, pair.ours.get(), -1}) {
        typename Calls::Kevent event{};
        CHECK(Calls::kevent(bad, nullptr, 0, &event, 1, &none) == -1);
        CHECK(errno == EBADF);
    }
}

TEMPLATE_TEST_CASE("a child has no queue, and does nothing to its parent's", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply({queue.change(fd, queue.read, evAdd), queue.change(fd, queue.write, evAdd | evClear)}) == 0);
    const auto open = openFds().size();
    const Death child = inChild([&] {
        const auto outcome = queue.call({}, 4);
        const bool gone = outcome.result == -1 && outcome.error == EBADF && !isOpen(queue.fd());
        const bool less = openFds().size() < open; // nothing of the model's own is left, either
        const bool closes = ::close(queue.fd()) == -1;
        ::close(fd);
        Queue<TestType> own;
        const bool works = own.apply(own.change(pair.peer.get(), own.write, evAdd)) == 0 && own.one().has_value();
        ::_exit(gone && less && closes && works ? 0 : 1);
    });
    CHECK(child.signal == 0);
    CHECK(child.status == 0);
    CHECK(KqueueModel::registered(queue.fd()) == 2);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.of(fd, queue.read));
}

TEMPLATE_TEST_CASE("a queue and what is behind it are close-on-exec, and go with it", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    const auto before = openFds();
    {
        Queue<TestType> queue;
        const FdPair pair = makePair(PairKind::tcp);
        CHECK(queue.apply({queue.change(pair.ours.get(), queue.read, evAdd),
                           queue.change(pair.ours.get(), queue.write, evAdd), queue.change(7, queue.user, evAdd)}) ==
              0);
        for (const auto& [fd, what] : openFds()) {
            if (before.find(fd) == before.end()) {
                CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
            }
        }
    }
    CHECK(openFds().size() == before.size());
}

TEMPLATE_TEST_CASE("the numbers that are handed out are the lowest, as without the model", "[kqueue]", FreeBsd) {
    const Fd probe(::dup(0));
    const int next = probe.get() + 1;
    Queue<TestType> queue;
    CHECK(queue.fd() == next);
    const FdPair pair = makePair(PairKind::pipe);
    CHECK(pair.ours.get() == next + 1);
    CHECK(queue.apply(queue.change(pair.peer.get(), queue.write, evAdd)) == 0);
    const Fd after(::dup(0));
    CHECK(after.get() == next + 3);
}

TEMPLATE_TEST_CASE("no descriptors left: kqueue() says so and keeps none", "[kqueue]", FreeBsd) {
    const auto before = openFds();
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    ::rlimit low = limit;
    const Fd probe(::dup(0));
    for (const int more : {0, 1}) {
        low.rlim_cur = static_cast<::rlim_t>(probe.get() + 1 + more);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
        const int fd = ModelledCalls<>::kqueue();
        const int error = errno;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        CHECK(fd == -1);
        CHECK(error == EMFILE);
    }
    CHECK(openFds().size() == before.size() + 1);
}

TEMPLATE_TEST_CASE("a wait allocates nothing that a program could be blamed for", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    using Calls = typename Queue<TestType>::Calls;
    const FdPair pair = makePair(PairKind::unixStream);
    const auto add = queue.change(pair.ours.get(), queue.write, evAdd);
    typename Calls::Kevent event{};
    const ::timespec none{};
    const std::size_t before = allocationsSoFar();
    const int got = Calls::kevent(queue.fd(), &add, 1, &event, 1, &none);
    CHECK(allocationsSoFar() == before);
    CHECK(got == 1);
}

TEMPLATE_TEST_CASE("descriptors come and go while another thread waits", "[kqueue][threads]", FreeBsd, MacOs) {
    Queue<TestType> queue;
    std::atomic<bool> over{false};
    std::size_t seen = 0;
    std::thread waiter([&] {
        while (!over.load()) {
            for (const Seen& event : queue.harvest(8, 1ms)) {
                seen += event.udata == markOne ? 1U : 0U;
            }
        }
    });
    for (int round = 0; round < 500; ++round) {
        FdPair pair = makePair(PairKind::unixStream);
        CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd | evClear, markOne)) == 0);
        writeBytes(pair.peer.get(), 1);
        if (round % 100 == 0) {
            std::this_thread::sleep_for(3ms);
        }
    }
    over = true;
    waiter.join();
    CHECK(seen >= 1);
    CHECK(seen <= 500);
    CHECK(KqueueModel::registered(queue.fd()) == 0);
}

TEMPLATE_TEST_CASE("two threads in one queue: an edge is told to one of them", "[kqueue][threads]", FreeBsd) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    CHECK(queue.apply(queue.change(pair.ours.get(), queue.read, evAdd | evClear)) == 0);
    std::atomic<std::size_t> told{0};
    const auto wait = [&] { told += queue.harvest(4, 50ms).size(); };
    std::thread one(wait);
    std::thread two(wait);
    std::this_thread::sleep_for(10ms);
    writeBytes(pair.peer.get(), 1);
    one.join();
    two.join();
    CHECK(told == 1);
}
