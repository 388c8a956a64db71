// SPDX-License-Identifier: MIT
// Each thread prints its own stack, by a signal.
#include "support/stacks.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <dirent.h>
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif
#include <sys/syscall.h>
#include <unistd.h>

namespace polleros_test {
namespace {

#if __has_include(<execinfo.h>)
void dumpFrames() {
    std::array<void*, 64> frames{};
    ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), static_cast<int>(frames.size())), STDERR_FILENO);
}
void loadUnwinder() {
    std::array<void*, 4> frames{};
    ::backtrace(frames.data(), static_cast<int>(frames.size())); // loads libgcc now rather than in a handler
}
#else // musl
void dumpFrames() {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "   (this C library shows no stacks)\n", 36);
}
void loadUnwinder() {}
#endif

int dumpSignal() {
    return SIGRTMAX - 2;
}

void dumpThisThread(int) {
    std::array<char, 40> text{"-- thread "};
    char* const end = std::to_chars(text.data() + 10, text.data() + text.size() - 1, ::syscall(SYS_gettid)).ptr;
    *end = '\n';
    [[maybe_unused]] const auto written =
        ::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(end + 1 - text.data()));
    dumpFrames();
}

} // namespace

void prepareStacks() {
    loadUnwinder();
    struct ::sigaction action{};
    action.sa_flags = SA_RESTART;
    action.sa_handler = &dumpThisThread;
    ::sigaction(dumpSignal(), &action, nullptr);
}

// Not async-signal-safe to the letter (opendir allocates); the process is lost anyway and the stacks are worth it.
void dumpStacks() {
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
}

} // namespace polleros_test
