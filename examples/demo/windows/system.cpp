// SPDX-License-Identifier: MIT
#include "../system.hpp"

#include <cstdint>
#include <cstdio>

#include <io.h>
#include <winsock2.h>

namespace demo {
namespace {

std::chrono::nanoseconds sum(const FILETIME& kernel, const FILETIME& user) {
    using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
    const auto ticks = [](const FILETIME& time) {
        return static_cast<std::int64_t>((static_cast<std::uint64_t>(time.dwHighDateTime) << 32U) | time.dwLowDateTime);
    };
    return Ticks(ticks(kernel) + ticks(user));
}

} // namespace

std::size_t raiseDescriptorLimit(std::size_t needed) {
    return needed;
}

std::size_t openDescriptors() {
    DWORD count = 0;
    ::GetProcessHandleCount(::GetCurrentProcess(), &count);
    return count;
}

std::chrono::nanoseconds threadCpuTime() {
    FILETIME created{};
    FILETIME ended{};
    FILETIME kernel{};
    FILETIME user{};
    ::GetThreadTimes(::GetCurrentThread(), &created, &ended, &kernel, &user);
    return sum(kernel, user);
}
std::chrono::nanoseconds processCpuTime() {
    FILETIME created{};
    FILETIME ended{};
    FILETIME kernel{};
    FILETIME user{};
    ::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &kernel, &user);
    return sum(kernel, user);
}
bool outputIsTerminal() {
    return ::_isatty(::_fileno(stdout)) != 0;
}

/// Not every standard library takes Winsock's codes for what they are.
bool isReset(const std::error_code& error) noexcept {
    return error == std::errc::connection_reset || error.value() == WSAECONNRESET || error.value() == WSAECONNABORTED;
}

bool DescriptorShortage::possible() noexcept {
    return false;
}
DescriptorShortage::DescriptorShortage(std::size_t /*spare*/) {}
DescriptorShortage::~DescriptorShortage() = default;

} // namespace demo
