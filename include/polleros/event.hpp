// SPDX-License-Identifier: MIT
/// @file
/// What a Dispatcher tells: events; to whom: handlers; and how: the options of a registration.
#pragma once

#include <polleros/detail/move_only_function.hpp>
#include <polleros/flag_set.hpp>
#include <polleros/handle.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <system_error>

POLLEROS_NAMESPACE_BEGIN

/// What can happen on a handle, with the same values on every system.
enum class EventKind : std::uint8_t {
    readable = 0x01, ///< something can be read or accepted; not the end of the stream
    writable = 0x02, ///< something can be written, or a connect has succeeded; now and then, see `writableInterval`
    error = 0x04,    ///< the end of the stream or of the handle. Always told, asked or not; once
};

template <>
inline constexpr bool isFlag<EventKind> = true;

/// A set of them.
using EventKinds = FlagSet<EventKind>;

/// What a handler is told.
struct Event {
    EventKind kind;        ///< one of them
    NativeHandle handle;   ///< on which it happened
    std::error_code error; ///< set if and only if the kind is `error`. `Errc::endOfStream`: the peer will send no more
};

/// Anything that can be called with an event, and moved. What has 48 bytes at most, is aligned as a `long long` at most and
/// moves without throwing needs no memory of its own.
using Handler = detail::MoveOnlyFunction<void(const Event&)>;

/// How a handle is registered. `{.keepHalfOpen = true}`
struct RegistrationOptions {
    /// `writable` is told no more often than once in so long; 0: as often as it is so. None: as the dispatcher says.
    std::optional<std::chrono::nanoseconds> writableInterval = {};
    /// After the end of the stream, of which it is told once, go on telling `writable`; an `error` may still follow.
    bool keepHalfOpen = false;
};

POLLEROS_NAMESPACE_END
