// SPDX-License-Identifier: MIT
// By alarm(2): it comes whatever the threads do, and a forked child inherits none.
#include "support/harness.hpp"
#include "support/stacks.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace polleros_test {
namespace {

std::array<char, 256> guardedCase{};
std::atomic<bool> dumping{false};

void print(const char* text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void bark(int) {
    if (dumping.exchange(true)) {
        return;
    }
    print("\nwatchdog: the time of this test case is over: ");
    print(guardedCase.data());
    print("\n");
    dumpStacks();
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

void install() {
    prepareStacks();
    struct ::sigaction action{};
    action.sa_flags = SA_RESTART;
    action.sa_handler = &bark;
    ::sigaction(SIGALRM, &action, nullptr);
}

} // namespace

void armWatchdog(const std::string& caseName, std::chrono::seconds limit) {
    static const bool installed = (install(), true);
    static_cast<void>(installed);
    guardedCase.fill('\0');
    std::copy_n(caseName.begin(), std::min(caseName.size(), guardedCase.size() - 1), guardedCase.begin());
    ::alarm(static_cast<unsigned>(limit.count()));
}

void disarmWatchdog() {
    ::alarm(0);
}

} // namespace polleros_test
