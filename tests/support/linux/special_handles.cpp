// SPDX-License-Identifier: MIT
#include "support/special_handles.hpp"

#include "support/gate.hpp"

#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace polleros_test {
namespace {

Fd must(int fd, const char* what) {
    if (fd == -1) {
        throw std::system_error(errno, std::system_category(), what);
    }
    return Fd(fd);
}

} // namespace

Fd timerIn(std::chrono::nanoseconds delay) {
    Fd timer = must(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create");
    ::itimerspec once{};
    once.it_value.tv_sec = static_cast<::time_t>(delay.count() / 1'000'000'000);
    once.it_value.tv_nsec = static_cast<long>(delay.count() % 1'000'000'000);
    ::timerfd_settime(timer.get(), 0, &once, nullptr);
    return timer;
}

struct Child::Process {
    FdPair life = makePair(PairKind::pipe); // ends when its writer is closed
    ::pid_t id = 0;
    Fd handle;
};

Child::Child() : process_(std::make_unique<Process>()) {
    process_->id = ::fork();
    if (process_->id == 0) {
        process_->life.peer.close();
        static_cast<void>(pollFor(process_->life.ours.get(), readable, 60'000));
        ::_exit(0);
    }
    // By number: C libraries have the wrapper since recently.
    process_->handle = Fd(static_cast<int>(::syscall(434 /* pidfd_open, on every architecture */, process_->id, 0)));
    if (!process_->handle) {
        end();
        reap();
        GATE("every backend", "the kernel has no pidfds");
    }
}
Child::~Child() {
    end();
    reap();
}
NativeHandle Child::handle() const {
    return process_->handle.get();
}
void Child::end() {
    process_->life.peer.close();
}
void Child::reap() {
    if (const ::pid_t id = std::exchange(process_->id, 0); id != 0) {
        ::waitpid(id, nullptr, 0);
    }
}

struct ReadableSignal::State {
    ::sigset_t before{};
    Fd handle;
};

ReadableSignal::ReadableSignal() : state_(std::make_unique<State>()) {
    ::sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &set, &state_->before);
    state_->handle = must(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
}
ReadableSignal::~ReadableSignal() {
    ::pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}
NativeHandle ReadableSignal::handle() const {
    return state_->handle.get();
}
void ReadableSignal::raise() {
    std::raise(SIGUSR2);
}
bool ReadableSignal::take() {
    ::signalfd_siginfo info{};
    return ::read(state_->handle.get(), &info, sizeof info) == sizeof info;
}

} // namespace polleros_test
