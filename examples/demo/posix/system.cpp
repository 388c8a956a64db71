// SPDX-License-Identifier: MIT
#include "../system.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <limits>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace demo {
namespace {

// rlim_t has a sign on some systems, and more bits than a size on others.
using Widest = std::uintmax_t;

rlimit limits() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
}

std::size_t descriptorLimit() {
    return static_cast<std::size_t>(
        std::min<Widest>(static_cast<Widest>(limits().rlim_cur), std::numeric_limits<std::size_t>::max()));
}

void setDescriptorLimit(std::size_t soft) {
    rlimit limit = limits();
    limit.rlim_cur = static_cast<rlim_t>(std::min<Widest>(soft, static_cast<Widest>(limit.rlim_max)));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Numbers are given out from below, so a limit of a million need not be walked to its end.
int walkedTo(std::size_t limit) {
    return static_cast<int>(std::min<std::size_t>(limit, 300'000));
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
    if (descriptorLimit() < needed) {
        setDescriptorLimit(needed);
    }
    return descriptorLimit();
}

std::size_t openDescriptors() {
    std::size_t count = 0;
    for (int descriptor = 0, end = walkedTo(descriptorLimit()); descriptor < end; ++descriptor) {
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

bool isReset(const std::error_code& error) noexcept {
    return error == std::errc::connection_reset;
}

bool DescriptorShortage::possible() noexcept {
    return true;
}

DescriptorShortage::DescriptorShortage(std::size_t spare) : before_(descriptorLimit()) {
    int highest = walkedTo(before_) - 1;
    while (highest > 0 && !isOpen(highest)) {
        --highest;
    }
    setDescriptorLimit(std::min(before_, static_cast<std::size_t>(highest) + 1 + spare));
}

DescriptorShortage::~DescriptorShortage() {
    setDescriptorLimit(before_);
}

} // namespace demo
