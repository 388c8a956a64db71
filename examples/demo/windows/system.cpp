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

/// Sockets alone: Windows itself opens other handles when it likes. All are multiples of four, given out from below.
std::size_t openDescriptors() {
    std::size_t count = 0;
    std::size_t unusedInARow = 0;
    for (SOCKET handle = 4; unusedInARow < 2048; handle += 4) {
        int type = 0;
        int size = sizeof type;
        if (::getsockopt(handle, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) == 0) {
            ++count;
            unusedInARow = 0;
        } else {
            ++unusedInARow;
        }
    }
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
