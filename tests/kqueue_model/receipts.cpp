// SPDX-License-Identifier: MIT
// How errors and receipts come back: rows B and G of the case table.
#include "kqueue_model/kernel.hpp"

using namespace polleros_test;

TEMPLATE_TEST_CASE("B1 a receipt for each change; only macOS keeps the flags", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto outcome = queue.call({queue.change(fd, queue.read, evAdd | evReceipt, markOne),
                                     queue.change(fd, queue.write, evAdd | evReceipt, markTwo)},
                                    2);
    REQUIRE(outcome.result == 2);
    for (const Seen& receipt : outcome.events) {
        CHECK(receipt.data == 0);
        CHECK(receipt.flags == (queue.system == System::macos ? evError | evAdd | evReceipt : std::uint32_t{evError}));
    }
    CHECK(outcome.events[0].udata == markOne);
    CHECK(outcome.events[1].udata == markTwo);
    CHECK(queue.one()); // writable
}

TEMPLATE_TEST_CASE("B2 B4 with receipts there is neither a harvest nor a wait", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.write, evAdd)) == 0); // ready
    auto outcome = queue.call({queue.change(fd, queue.read, evAdd | evReceipt)}, 8);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].failed());
    CHECK(queue.apply(queue.change(fd, queue.write, evDelete)) == 0);
    outcome = queue.call({queue.change(fd, queue.read, evAdd | evReceipt)}, 8, std::nullopt); // would be for ever
    CHECK(outcome.result == 1);
}

TEMPLATE_TEST_CASE("B3 a receipt without room ends the call, and the rest is not done; macOS gives none and goes on",
                   "[kqueue]", POLLEROS_TEST_KERNELS) {
    const bool goesOn = TestType::system == System::macos;
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto outcome =
        queue.call({queue.change(fd, queue.read, evAdd | evReceipt), queue.change(fd, queue.write, evAdd)}, 0);
    CHECK(outcome.result == 0);
    CHECK(KqueueModel::registered(queue.fd()) == (goesOn ? 2U : 1U));

    const auto cramped =
        queue.call({queue.change(fd, queue.read, evAdd | evReceipt), queue.change(fd, queue.read, evAdd | evReceipt),
                    queue.change(fd, queue.read, evDelete)},
                   1);
    CHECK(cramped.result == (goesOn ? 1 : 0));
    CHECK(KqueueModel::registered(queue.fd()) == 1);
}

TEMPLATE_TEST_CASE("G1 G2 an error keeps events for the next call, and the rest of the changes is made", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair ready = makePair(PairKind::unixStream);
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    CHECK(queue.apply(queue.change(ready.ours.get(), queue.write, evAdd, markOne)) == 0);
    const std::vector changes{queue.change(fd, queue.write, evDelete), queue.change(fd, queue.read, evAdd)};
    auto outcome = queue.call(changes, 8, std::nullopt);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].data == ENOENT);
    CHECK(KqueueModel::registered(queue.fd()) == 2);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->udata == markOne);

    // With nothing ready it does not wait either.
    CHECK(queue.apply(queue.change(ready.ours.get(), queue.write, evDelete)) == 0);
    outcome = queue.call(changes, 8, std::nullopt);
    CHECK(outcome.result == 1);
}

TEMPLATE_TEST_CASE("G3 an error without room ends the call, and the rest is not done", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto outcome = queue.call({queue.change(fd, queue.write, evDelete), queue.change(fd, queue.read, evAdd)}, 0);
    CHECK(outcome.result == -1);
    CHECK(outcome.error == ENOENT);
    CHECK(KqueueModel::registered(queue.fd()) == 0);
}

TEMPLATE_TEST_CASE("G4 two errors and room for one: the second is the call's, the first is lost", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const int fd = pair.ours.get();
    const auto outcome = queue.call({queue.change(fd, queue.write, evDelete), queue.change(-1, queue.read, evAdd),
                                     queue.change(fd, queue.read, evAdd)},
                                    1);
    CHECK(outcome.result == -1);
    CHECK(outcome.error == EBADF);
    CHECK(KqueueModel::registered(queue.fd()) == 0);
}

TEMPLATE_TEST_CASE("Q6 what the waiting call deletes or disables, it does not return", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    for (const std::uint32_t flag : {evDelete, evDisable}) {
        Queue<TestType> queue;
        const FdPair pair = makePair(PairKind::unixStream);
        const int fd = pair.ours.get();
        writeBytes(pair.peer.get(), 1);
        CHECK(queue.apply({queue.change(fd, queue.read, evAdd), queue.change(fd, queue.write, evAdd)}) == 0);
        CHECK(queue.harvest().size() == 2);
        const auto outcome = queue.call({queue.change(fd, queue.read, flag)}, 8);
        REQUIRE(outcome.result == 1);
        CHECK(outcome.events[0].filter == static_cast<std::int64_t>(queue.write));
    }
}
