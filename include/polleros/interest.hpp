// SPDX-License-Identifier: MIT
/// @file
/// Interest is what a kernel is asked to watch; Readiness is what it answers. The two functions here are the whole
/// translation between them and the triggers that sources speak of, the same for every backend.
#pragma once

#include <polleros/triggers.hpp>

#include <array>
#include <cstddef>

POLLEROS_NAMESPACE_BEGIN

/// One thing a kernel can be asked to watch on a handle. (The values follow poll(2), so that its kin translate fast.)
enum class InterestFlag : std::uint8_t {
    read = 1U << 0,     ///< data, a connection, the end of the stream
    priority = 1U << 1, ///< urgent data
    write = 1U << 2,    ///< room to send, the end of a connect
    hangup = 1U << 3,   ///< the peer's end of the stream, apart from the data before it
    edge = 1U << 4,     ///< tell changes, not states (a capability)
};

template <>
inline constexpr bool isFlag<InterestFlag> = true;

/// The part of an intent that a kernel understands. Empty means: not in the kernel at all.
using Interest = FlagSet<InterestFlag>;

/// One thing a kernel says of a handle.
enum class ReadyFlag : std::uint8_t {
    read = 1U << 0,     ///< a read will not block
    priority = 1U << 1, ///< urgent data
    write = 1U << 2,    ///< a write will not block
    error = 1U << 3,    ///< an error is pending on the handle
    hangup = 1U << 4,   ///< both directions are gone
    readEnd = 1U << 5,  ///< the peer will send no more; what it sent may still be unread
};

template <>
inline constexpr bool isFlag<ReadyFlag> = true;

/// What a kernel says of one handle.
using Readiness = FlagSet<ReadyFlag>;

/// @cond INTERNAL
namespace detail {

[[nodiscard]] constexpr Interest interestIn(Triggers intent) noexcept {
    Interest interest;
    if (intent.has(Trigger::recv | Trigger::accept | Trigger::notify)) {
        interest |= InterestFlag::read;
    }
    if (intent.has(Trigger::send | Trigger::connect)) {
        interest |= InterestFlag::write;
    }
    if (intent.has(Trigger::priority)) {
        interest |= InterestFlag::priority;
    }
    if (intent.has(Trigger::hangup)) {
        interest |= InterestFlag::hangup;
    }
    if (intent.has(Trigger::edge) && !interest.empty()) {
        interest |= InterestFlag::edge;
    }
    return interest;
}

/// What `function` says of each set of the lowest `count` flags.
template <class Set, std::size_t count, class Function>
[[nodiscard]] consteval auto tabulate(Function function) {
    std::array<decltype(function(Set{})), std::size_t{1} << count> of{};
    for (std::size_t bits = 0; bits < of.size(); ++bits) {
        of[bits] = function(Set::fromBits(static_cast<typename Set::Bits>(bits)));
    }
    return of;
}

static_assert((kernelTriggers | Trigger::edge) == Triggers::fromBits(0xFF));
inline constexpr auto interests = tabulate<Triggers, 8>(interestIn);

} // namespace detail
/// @endcond

/// What a kernel must watch for this intent. Constant time, any thread.
[[nodiscard]] constexpr Interest interestOf(Triggers intent) noexcept {
    return detail::interests[intent.bits() % detail::interests.size()];
}

/// @cond INTERNAL
namespace detail {

[[nodiscard]] constexpr Triggers tellOf(Readiness ready) noexcept {
    if (ready.has(ReadyFlag::error)) {
        return {};
    }
    if (ready.has(ReadyFlag::hangup)) {
        return kernelTriggers;
    }
    Triggers told;
    if (ready.has(ReadyFlag::read | ReadyFlag::readEnd)) {
        told |= Trigger::recv | Trigger::accept | Trigger::notify;
    }
    if (ready.has(ReadyFlag::write)) {
        told |= Trigger::send | Trigger::connect;
    }
    if (ready.has(ReadyFlag::priority)) {
        told |= Trigger::priority;
    }
    if (ready.has(ReadyFlag::readEnd)) {
        told |= Trigger::hangup;
    }
    return told;
}

/// For each readiness what it tells those who asked for everything; nothing for an error, which takes a closer look.
inline constexpr auto tells = tabulate<Readiness, 6>(tellOf);

} // namespace detail
/// @endcond

/// What a channel with this intent is told when the kernel answers `ready`: nothing it did not ask for but `err`.
///
/// After an error or a full hang-up every asked trigger is told, because whatever the source tries next will not
/// block: it learns the reason from its own read or write. The end of the peer's stream alone is something to read
/// (`recv`), never something to write, and never an error: unread data comes first. Constant time, any thread.
[[nodiscard]] constexpr Triggers activityOf(Triggers intent, Readiness ready) noexcept {
    if (ready.has(ReadyFlag::error)) {
        const Triggers asked = intent & kernelTriggers;
        return asked.empty() ? asked : asked | Trigger::err;
    }
    return intent & detail::tells[ready.bits() % detail::tells.size()];
}

POLLEROS_NAMESPACE_END
