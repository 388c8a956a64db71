// SPDX-License-Identifier: MIT
// EVFILT_USER: row M of the case table.
#include "kqueue_model/kernel.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/time.h>

using namespace polleros_test;
using namespace std::chrono_literals;

namespace {

constexpr std::uintptr_t ident = 0;

template <class TheKernel>
int trigger(Queue<TheKernel>& queue, std::uint64_t udata = 0, std::uint32_t flags = 0) {
    return queue.apply(queue.change(ident, queue.user, flags, udata, noteTrigger));
}

} // namespace

TEMPLATE_TEST_CASE("M triggers of a cleared event are one event", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(trigger(queue) == ENOENT);
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear)) == 0);
    CHECK(queue.silent());
    for (int round = 0; round < 3; ++round) {
        CHECK(trigger(queue) == 0);
    }
    CHECK(polled(queue.fd(), POLLIN, 0) == POLLIN);
    const auto event = queue.one();
    REQUIRE(event);
    CHECK(event->ident == ident);
    CHECK(event->filter == static_cast<std::int64_t>(queue.user));
    CHECK(queue.silent());
    CHECK(polled(queue.fd(), POLLIN, 0) == 0);
    CHECK(trigger(queue) == 0);
    CHECK(queue.one());
    CHECK(queue.apply(queue.change(ident, queue.user, evDelete)) == 0);
    CHECK(trigger(queue) == ENOENT);
}

TEMPLATE_TEST_CASE("M without CLEAR it stays triggered", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd)) == 0);
    CHECK(trigger(queue) == 0);
    CHECK(queue.one());
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("M the trigger's udata replaces the knote's, but not on OpenBSD", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear, markOne)) == 0);
    CHECK(trigger(queue, markTwo) == 0);
    CHECK(queue.one()->udata == (queue.system == System::openbsd ? markOne : markTwo));
}

TEMPLATE_TEST_CASE("M CLEAR in the call that triggers undoes it on FreeBSD and NetBSD", "[kqueue]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear)) == 0);
    CHECK(trigger(queue, 0, evClear) == 0);
    CHECK(queue.silent() == (queue.system == System::freebsd || queue.system == System::netbsd));
}

TEMPLATE_TEST_CASE("M to add and trigger in one change works on macOS", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(trigger(queue, 0, evAdd) == 0);
    CHECK(queue.silent() == (queue.system != System::macos));
    CHECK(trigger(queue, 0, evAdd) == 0); // by now it exists
    CHECK(queue.one());
}

TEMPLATE_TEST_CASE("M an older release has no such filter", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue([](Behaviour& behaviour) { behaviour.userFilter = false; });
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear)) == EINVAL);
    CHECK(trigger(queue) == EINVAL);
}

TEMPLATE_TEST_CASE("M its idents are no descriptors", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    const FdPair pair = makePair(PairKind::unixStream);
    const auto same = static_cast<std::uintptr_t>(pair.ours.get());
    CHECK(queue.apply({queue.change(same, queue.user, evAdd | evClear), queue.change(same, queue.read, evAdd),
                       queue.change(~std::uintptr_t{0}, queue.user, evAdd)}) == 0);
    CHECK(queue.apply(queue.change(same, queue.user, 0, 0, noteTrigger)) == 0);
    CHECK(queue.one()->filter == static_cast<std::int64_t>(queue.user));
    CHECK(KqueueModel::registered(queue.fd()) == 3);
}

TEMPLATE_TEST_CASE("M flags of its own travel along", "[kqueue]", POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear, 0, 0x3)) == 0);
    const auto after = [&](std::uint32_t fflags) {
        CHECK(queue.apply(queue.change(ident, queue.user, 0, 0, fflags | noteTrigger)) == 0);
        return queue.one()->fflags;
    };
    CHECK(after(0xF0) == 0x3);
    CHECK(after(kq::noteOr | 0xF0) == 0xF3);
    CHECK(after(kq::noteAnd | 0x11) == 0x11);
    CHECK(after(kq::noteCopy | 0x5) == 0x5);
}

TEMPLATE_TEST_CASE("M a trigger from another thread ends a wait, and none is lost", "[kqueue][threads]",
                   POLLEROS_TEST_KERNELS) {
    Queue<TestType> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear)) == 0);
    constexpr int rounds = 200;
    std::atomic<int> asked{0};
    std::thread other([&] {
        for (int round = 1; round <= rounds; ++round) {
            asked.store(round, std::memory_order_release);
            trigger(queue);
            if (round % 50 == 0) {
                std::this_thread::sleep_for(1ms);
            }
        }
    });
    for (int seen = 0; seen < rounds;) {
        const auto events = queue.harvest(4, 5s);
        REQUIRE(events.size() == 1); // a lost one would be a time-out
        seen = asked.load(std::memory_order_acquire);
    }
    other.join();
}

namespace {

Queue<FreeBsd>* triggeredByAlarm = nullptr;
std::atomic<int> alarms{0};

} // namespace

TEST_CASE("M a signal handler may trigger, whatever it interrupts") {
    Queue<FreeBsd> queue;
    CHECK(queue.apply(queue.change(ident, queue.user, evAdd | evClear)) == 0);
    triggeredByAlarm = &queue;
    alarms = 0;
    struct ::sigaction action{};
    struct ::sigaction before{};
    action.sa_handler = [](int) {
        using Calls = ModelledCalls<>;
        const auto change = Queue<FreeBsd>::change(ident, Calls::userFilter, 0, 0, noteTrigger);
        Calls::kevent(triggeredByAlarm->fd(), &change, 1, nullptr, 0, nullptr);
        alarms.fetch_add(1);
    };
    ::sigaction(SIGALRM, &action, &before);
    const ::itimerval often{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    for (int round = 0; round < 2'000 || alarms < 20; ++round) {
        const FdPair pair = makePair(PairKind::pipe); // makes and closes descriptors
        REQUIRE(queue.apply(queue.change(pair.peer.get(), queue.write, evAdd)) == 0);
        REQUIRE(queue.call({}, 4, 1s).result >= 1);
    }
    int told = 0;
    while (told < 20) {
        const auto outcome = queue.call({}, 4, 5s); // EINTR, or the event
        REQUIRE(outcome.result != 0);
        told += outcome.result == 1 ? 1 : 0;
    }
    const ::itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);
}
