// SPDX-License-Identifier: MIT
/// @file
/// The idea of the library in one function: given what the kernel was told and what a channel wants now, which single
/// kernel call makes the two agree? Usually none.
#pragma once

#include <polleros/interest.hpp>

POLLEROS_NAMESPACE_BEGIN

/// A kernel call that changes one registration.
enum class Change : std::uint8_t {
    none,   ///< they agree already
    add,    ///< nothing was registered
    modify, ///< something else was registered: one call, never a remove and an add
    remove, ///< nothing is wanted any more
};

/// The change that makes `registered` equal to `wanted`. Constant time, any thread.
[[nodiscard]] constexpr Change reconcile(Interest registered, Interest wanted) noexcept {
    if (registered == wanted) {
        return Change::none;
    }
    if (registered.empty()) {
        return Change::add;
    }
    return wanted.empty() ? Change::remove : Change::modify;
}

POLLEROS_NAMESPACE_END
