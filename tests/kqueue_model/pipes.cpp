// SPDX-License-Identifier: MIT
// Filters at pipes, FIFOs, files and devices: rows I8 to I10 of the case table.
#include "kqueue_model/kernel.hpp"
#include "support/posix/folder.hpp"

#include <cstdio>
#include <string>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace polleros_test;

TEMPLATE_TEST_CASE("I8 READ at a pipe: the end beside the data, and after it", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pipe = makePair(PairKind::pipe);
    const int fd = pipe.ours.get();
    CHECK(queue.apply(queue.change(fd, queue.read, evAdd)) == 0);
    CHECK(queue.silent());
    writeBytes(pipe.peer.get(), 3);
    CHECK(queue.one()->data == 3);
    pipe.peer.close();
    auto event = queue.one();
    REQUIRE(event);
    CHECK(event->end());
    CHECK(event->data == 3);
    readAll(fd);
    event = queue.one();
    REQUIRE(event);
    CHECK(event->end());
    CHECK(event->data == 0);
    CHECK(event->fflags == 0);
}

TEMPLATE_TEST_CASE("I9 WRITE at a pipe whose reader goes: the end, without an error", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    for (const bool full : {false, true}) {
        Queue<TestType> queue;
        FdPair pipe = makePair(PairKind::pipe);
        const int fd = pipe.peer.get();
        CHECK(queue.apply(queue.change(fd, queue.write, evAdd)) == 0);
        CHECK(queue.one()->data > 0);
        if (full) {
            fillSend(fd);
            CHECK(queue.silent());
        }
        pipe.ours.close();
        const auto event = queue.one();
        REQUIRE(event);
        CHECK(event->end());
        CHECK(event->fflags == 0);
    }
}

TEMPLATE_TEST_CASE("I9 ADD of WRITE at a pipe whose reader is gone", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pipe = makePair(PairKind::pipe);
    const int fd = pipe.peer.get();
    pipe.ours.close();
    const auto outcome = queue.call({queue.change(fd, queue.write, evAdd, markOne)}, 2);
    REQUIRE(outcome.result == 1);
    CHECK(outcome.events[0].udata == markOne);
    if (queue.system == System::freebsd || queue.system == System::netbsd) {
        CHECK(outcome.events[0].failed());
        CHECK(outcome.events[0].data == (queue.system == System::freebsd ? EPIPE : EBADF));
        CHECK(KqueueModel::registered(queue.fd()) == 0);
    } else {
        CHECK(outcome.events[0].end());
    }
    // Each as the others, on demand.
    for (const int error : {0, EPIPE, EBADF}) {
        Queue<TestType> differing([&](Behaviour& behaviour) { behaviour.addAtDeadPipe = error; });
        CHECK(differing.apply(differing.change(fd, differing.write, evAdd)) == error);
    }
}

TEMPLATE_TEST_CASE("READ at the writing end of a pipe says when the reader goes", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    FdPair pipe = makePair(PairKind::pipe);
    CHECK(queue.apply(queue.change(pipe.peer.get(), queue.read, evAdd)) == 0);
    writeBytes(pipe.peer.get(), 1);
    CHECK(queue.silent());
    pipe.ours.close();
    CHECK(queue.one()->end());
}

TEMPLATE_TEST_CASE("I10 a FIFO without a writer, with one, without again, and with another; macOS never says",
                   "[kqueue]", POLLEROS_TEST_KERNELS) {
    const Folder folder;
    const std::string path = folder / "it";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    Queue<TestType> queue;
    const Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    CHECK(queue.apply(queue.change(reader.get(), queue.read, evAdd)) == 0);
    CHECK(queue.silent());
    Fd writer(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    CHECK(queue.silent());
    writeBytes(writer.get(), 1);
    CHECK(queue.one()->data == 1);
    readAll(reader.get());
    writer.close();
    const auto event = queue.one();
    CHECK(event.has_value() == (queue.system != System::macos));
    CHECK((!event || event->end()));
    writer = Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    CHECK(queue.silent());
}

TEMPLATE_TEST_CASE("files: WRITE always, READ while there is something behind the position", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    const Folder folder;
    const std::string path = folder / "it";
    Queue<TestType> queue;
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::write(file.get(), "four", 4) == 4);
    CHECK(queue.apply(queue.change(file.get(), queue.read, evAdd)) == 0);
    CHECK(queue.silent());
    ::lseek(file.get(), 1, SEEK_SET);
    CHECK(queue.apply(queue.change(file.get(), queue.read, evAdd)) == 0);
    CHECK(queue.one()->data == 3);
    CHECK(queue.apply(queue.change(file.get(), queue.write, evAdd)) == 0);
    CHECK(queue.of(file.get(), queue.write));
}

TEMPLATE_TEST_CASE("devices: always ready, or refused on macOS", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const Fd device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    CHECK(queue.apply(queue.change(device.get(), queue.write, evAdd)) == (queue.system == System::macos ? EINVAL : 0));
    CHECK(queue.silent() == (queue.system == System::macos));
}

TEMPLATE_TEST_CASE("descriptors that only Linux has are readable and writable as poll(2) says", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    CHECK(queue.apply({queue.change(event.get(), queue.read, evAdd), queue.change(event.get(), queue.write, evAdd)}) ==
          0);
    CHECK(queue.one()->filter == static_cast<std::int64_t>(queue.write));
    const std::uint64_t one = 1;
    REQUIRE(::write(event.get(), &one, sizeof one) == sizeof one);
    CHECK(queue.of(event.get(), queue.read));
}
