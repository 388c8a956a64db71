// SPDX-License-Identifier: MIT
#include "support/harness.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif

namespace polleros_test {
namespace {

std::array<char, 256> guardedCase{};
std::atomic<bool> dumping{false};
::timer_t timer{};
bool haveTimer = false;

int barkSignal() {
    return SIGRTMAX - 1;
}
int dumpSignal() {
    return SIGRTMAX - 2;
}

void print(const char* text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

#if __has_include(<execinfo.h>)
void loadUnwinder() { // now rather than in a handler
    std::array<void*, 4> frames{};
    ::backtrace(frames.data(), static_cast<int>(frames.size()));
}

void printStack() {
    std::array<void*, 64> frames{};
    ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), static_cast<int>(frames.size())), STDERR_FILENO);
}
#else
void loadUnwinder() {}

void printStack() {
    print("   (this C library shows no stacks)\n");
}
#endif

void dumpThisThread(int) {
    std::array<char, 24> number{};
    *std::to_chars(number.begin(), number.end() - 1, ::syscall(SYS_gettid)).ptr = '\0';
    print("-- thread ");
    print(number.data());
    print("\n");
    printStack();
}

// Not async-signal-safe to the letter (opendir allocates); the process is lost anyway and the stacks are worth it.
void bark(int) {
    if (dumping.exchange(true)) {
        return;
    }
    print("\nwatchdog: the time of this test case is over: ");
    print(guardedCase.data());
    print("\n");
    dumpThisThread(0);
    const auto self = ::syscall(SYS_gettid);
    if (::DIR* const tasks = ::opendir("/proc/self/task")) {
        while (const ::dirent* const task = ::readdir(tasks)) {
            const long thread = std::atol(task->d_name);
            if (thread > 0 && thread != self) {
                ::syscall(SYS_tgkill, ::getpid(), thread, dumpSignal());
                const ::timespec pause{0, 100'000'000};
                ::nanosleep(&pause, nullptr); // one stack after the other
            }
        }
        ::closedir(tasks);
    }
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

void install() {
    loadUnwinder();
    struct ::sigaction action{};
    action.sa_flags = SA_RESTART;
    action.sa_handler = &bark;
    ::sigaction(barkSignal(), &action, nullptr);
    action.sa_handler = &dumpThisThread;
    ::sigaction(dumpSignal(), &action, nullptr);
    ::sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = barkSignal();
    haveTimer = ::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

void setTimer(std::chrono::seconds limit) {
    if (haveTimer) {
        ::itimerspec spec{};
        spec.it_value.tv_sec = limit.count();
        ::timer_settime(timer, 0, &spec, nullptr);
    }
}

} // namespace

void armWatchdog(const std::string& caseName, std::chrono::seconds limit) {
    static const bool installed = (install(), true);
    static_cast<void>(installed);
    guardedCase.fill('\0');
    std::copy_n(caseName.begin(), std::min(caseName.size(), guardedCase.size() - 1), guardedCase.begin());
    setTimer(limit);
}

void disarmWatchdog() {
    setTimer(std::chrono::seconds(0));
}

} // namespace polleros_test
