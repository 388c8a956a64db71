// SPDX-License-Identifier: MIT
#include "support/harness.hpp"

#include <windows.h>

namespace polleros_test {

std::chrono::nanoseconds cpuTime() {
    ::FILETIME created{};
    ::FILETIME exited{};
    ::FILETIME kernel{};
    ::FILETIME user{};
    ::GetProcessTimes(::GetCurrentProcess(), &created, &exited, &kernel, &user);
    using Ticks = std::chrono::duration<long long, std::ratio<1, 10'000'000>>;
    const auto ticks = [](const ::FILETIME& time) {
        return Ticks((static_cast<long long>(time.dwHighDateTime) << 32) | time.dwLowDateTime);
    };
    return ticks(kernel) + ticks(user);
}

} // namespace polleros_test
