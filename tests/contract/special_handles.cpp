// SPDX-License-Identifier: MIT
// R16: what is neither socket nor pipe works as a channel, where the kernel can wait for it.
#include "support/bench.hpp"

#include <csignal>

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("R16 an eventfd is reported while it is not zero", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::notifier);
    bench.attach(1, ends, notify);
    CHECK(bench.next().empty());
    ends->peerWrite(3);
    CHECK(bench.only(1) == Triggers{notify});
    CHECK(bench.only(1) == Triggers{notify});
    CHECK(ends->readAll().bytes == 3);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R16 a timerfd is reported when it expires", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    bench.attach(1, {timer.get(), notify});
    CHECK(bench.next().empty());
    ::itimerspec soon{};
    soon.it_value.tv_nsec = 10'000'000;
    REQUIRE(::timerfd_settime(timer.get(), 0, &soon, nullptr) == 0);
    CHECK(bench.only(1, 5s) == Triggers{notify});
}

TEMPLATE_TEST_CASE("R16 a pidfd is reported when its process ends", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    Fd reader(ends[0]);
    Fd writer(ends[1]);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[1]);
        char byte = 0;
        static_cast<void>(::read(ends[0], &byte, 1) == 0); // until the parent closes its end
        ::_exit(0);
    }
    const Fd process(static_cast<int>(::syscall(434 /* pidfd_open, on every architecture */, child, 0)));
    if (!process) {
        writer.close();
        ::waitpid(child, nullptr, 0);
        GATE(bench.name(), "the kernel has no pidfds");
    }
    bench.attach(1, {process.get(), notify});
    CHECK(bench.next().empty());
    writer.close();
    CHECK(bench.only(1, 5s) == Triggers{notify});
    ::waitpid(child, nullptr, 0);
    CHECK(bench.only(1, 5s) == Triggers{notify}); // reaped: a hang-up, still level
}

TEMPLATE_TEST_CASE("R16 a signalfd is reported while a signal is pending", "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    ::sigset_t set;
    ::sigset_t before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &set, &before) == 0);
    const Fd signals(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    bench.attach(1, {signals.get(), notify});
    CHECK(bench.next().empty());
    ::raise(SIGUSR2);
    CHECK(bench.only(1) == Triggers{notify});
    ::signalfd_siginfo info{};
    CHECK(::read(signals.get(), &info, sizeof info) == sizeof info);
    CHECK(bench.next().empty());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEMPLATE_TEST_CASE("R16 another poller's handle is reported while something is ready in it", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Poller<polleros::backend::Epoll> inner;
    const EndsPtr ends = bench.world.ends();
    inner.attachChannel(polleros::SocketSource(ends->handle(), recv));
    bench.attach(1, {inner.nativeHandle(), notify});
    CHECK(bench.next().empty());
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{notify});
    ends->readAll();
    CHECK(bench.next().empty());
}

} // namespace
} // namespace polleros_test
