// SPDX-License-Identifier: MIT
// What a registration fails for: the system, and memory.
#pragma once

#include "support/backends.hpp"

#include <polleros/memory.hpp>

#include <cstddef>

namespace polleros_test {

// The call by which a handle is registered; where there is none, that by which it is judged.
template <class TheSetting>
inline constexpr Call registering = TheSetting::isKqueue                          ? Call::keventAdd
                                    : TheSetting::isEpoll || TheSetting::isWepoll ? Call::epollAdd
                                                                                  : Kernel::judge;

// So many of them for two kinds of events.
template <class TheSetting>
inline constexpr std::size_t callsForTwo = TheSetting::isKqueue ? 2 : 1;

// Memory that can be had, but not always.
class ScarceMemory {
public:
    ScarceMemory() = default;
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;

    // Must outlive who has it.
    [[nodiscard]] polleros::Memory memory() noexcept { return {&step, this}; }

    bool isScarce = false;
    std::size_t refused = 0; // so many times

private:
    static void* step(void* context, void* block, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<ScarceMemory*>(context);
        if (block == nullptr && self.isScarce) {
            ++self.refused;
            return nullptr;
        }
        return polleros::Memory{}.function(nullptr, block, bytes, alignment);
    }
};

} // namespace polleros_test
