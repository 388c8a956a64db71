// SPDX-License-Identifier: MIT
#include "support/harness.hpp"

#include <sys/resource.h>

namespace polleros_test {

std::chrono::nanoseconds cpuTime() {
    ::rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto total = [](const ::timeval& time) {
        return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return total(usage.ru_utime) + total(usage.ru_stime);
}

} // namespace polleros_test
