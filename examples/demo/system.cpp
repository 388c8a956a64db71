// SPDX-License-Identifier: MIT
#include "system.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace demo {
namespace {

rlimit descriptorLimit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
}

void setDescriptorLimit(std::size_t soft) {
    rlimit limit = descriptorLimit();
    limit.rlim_cur = std::min<rlim_t>(soft, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool isOpen(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) != -1;
}

std::chrono::nanoseconds read(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

std::size_t raiseDescriptorLimit(std::size_t needed) {
    if (descriptorLimit().rlim_cur < needed) {
        setDescriptorLimit(needed);
    }
    return static_cast<std::size_t>(descriptorLimit().rlim_cur);
}

std::size_t openDescriptors() {
    // Numbers are given out from below, so a limit of a million need not be walked to its end.
    const int end = static_cast<int>(std::min<rlim_t>(descriptorLimit().rlim_cur, 300'000));
    std::size_t count = 0;
    for (int descriptor = 0; descriptor < end; ++descriptor) {
        count += isOpen(descriptor) ? 1 : 0;
    }
    return count;
}

std::chrono::nanoseconds threadCpuTime() {
    return read(CLOCK_THREAD_CPUTIME_ID);
}
std::chrono::nanoseconds processCpuTime() {
    return read(CLOCK_PROCESS_CPUTIME_ID);
}
bool outputIsTerminal() {
    return ::isatty(::fileno(stdout)) != 0;
}

DescriptorShortage::DescriptorShortage(std::size_t spare)
    : before_(static_cast<std::size_t>(descriptorLimit().rlim_cur)) {
    int highest = static_cast<int>(std::min<std::size_t>(before_, 300'000)) - 1;
    while (highest > 0 && !isOpen(highest)) {
        --highest;
    }
    setDescriptorLimit(std::min(before_, static_cast<std::size_t>(highest) + 1 + spare));
}

DescriptorShortage::~DescriptorShortage() {
    setDescriptorLimit(before_);
}

} // namespace demo
