// SPDX-License-Identifier: MIT
// What a kernel rarely does, on demand.
#include "support/kqueue/faults.hpp"

#include "kqueue_model/kernel.hpp"

using namespace polleros_test;
using namespace std::chrono_literals;

TEMPLATE_TEST_CASE("one change of a list fails, the others are made", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const FdPair other = makePair(PairKind::unixStream);
    const std::vector changes{queue.change(pair.ours.get(), queue.read, evAdd),
                              queue.change(pair.ours.get(), queue.write, evAdd, markOne),
                              queue.change(other.ours.get(), queue.write, evAdd, markTwo)};
    {
        const ChangeFaults faults({{.filter = kq::Filter::write, .flags = evAdd, .error = ENOMEM}});
        const auto outcome = queue.call(changes, 8, std::nullopt);
        REQUIRE(outcome.result == 1);
        CHECK(outcome.events[0].failed());
        CHECK(outcome.events[0].data == ENOMEM);
        CHECK(outcome.events[0].udata == markOne);
        CHECK(KqueueModel::registered(queue.fd()) == 2);
        CHECK(faults.hits() == 1);
        CHECK(queue.one()->udata == markTwo);
        CHECK(queue.apply(changes[1]) == 0); // the second is not hit
    }
    CHECK(KqueueModel::registered(queue.fd()) == 3);
}

TEMPLATE_TEST_CASE("faults choose by descriptor, by number, and for how long", "[kqueue]", FreeBsd) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto ident = static_cast<std::uintptr_t>(fd);
    const ChangeFaults faults(
        {{.ident = ident, .flags = evDelete, .times = ChangeFault::forEver, .error = EPERM},
         {.ident = ident + 1, .error = EINVAL},
         {.ident = ident, .filter = kq::Filter::read, .flags = evAdd, .nth = 2, .times = 2, .error = ENOMEM}});
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd)) == 0);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == ENOMEM);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd | evClear)) == ENOMEM);
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    for (int round = 0; round < 3; ++round) {
        CHECK(queue.apply(queue.change(fd, queue.read, evDelete)) == EPERM);
    }
    CHECK(KqueueModel::registered(queue.fd()) == 2);
    CHECK(faults.hits(0) == 3);
    CHECK(faults.hits(1) == 0);
    CHECK(faults.hits(2) == 2);
}

TEMPLATE_TEST_CASE("a sleep is interrupted with its changes made; a call that has events is not", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const InterruptedSleeps interruptions(2);
    auto outcome = queue.call({queue.change(pair.ours.get(), queue.read, evAdd)}, 4, std::nullopt);
    CHECK(outcome.result == -1);
    CHECK(outcome.error == EINTR);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.call({}, 4, std::nullopt).result == 1);
    CHECK(queue.call({}, 4).result == 1);
    readAll(pair.ours.get());
    CHECK(queue.call({}, 4).result == 0); // does not sleep
    CHECK(interruptions.left() == 1);
    CHECK(queue.call({}, 4, 1ms).error == EINTR);
    CHECK(queue.call({}, 4, 1ms).result == 0);
}

TEMPLATE_TEST_CASE("a time-out may be an error, on Darwin", "[kqueue]", MacOs) {
    Queue<TestType> queue([](Behaviour& behaviour) { behaviour.errorOfTimeout = ETIMEDOUT; });
    const FdPair pair = makePair(PairKind::unixStream);
    const auto outcome = queue.call({queue.change(pair.ours.get(), queue.read, evAdd)}, 4, 1ms);
    CHECK(outcome.result == -1);
    CHECK(outcome.error == ETIMEDOUT);
    CHECK(KqueueModel::registered(queue.fd()) == 1);
    CHECK(queue.call({}, 4).result == 0);
    writeBytes(pair.peer.get(), 1);
    CHECK(queue.call({}, 4, 1ms).result == 1);
}

TEMPLATE_TEST_CASE("flags that only some releases have", "[kqueue]", FreeBsd) {
    Queue<TestType> queue([](Behaviour& behaviour) {
        behaviour.keptFlags = evAdd;
        behaviour.moreFlagsAtEnd = 0x1800;
    });
    FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto outcome = queue.call({queue.change(fd, queue.read, evAdd | evReceipt)}, 1);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].flags == (evError | evAdd));
    writeBytes(pair.peer.get(), 1);
    CHECK((queue.one()->flags & 0x1800) == 0);
    pair.peer.close();
    CHECK((queue.one()->flags & (evEof | 0x1800)) == (evEof | 0x1800));
}
