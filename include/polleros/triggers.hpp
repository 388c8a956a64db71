// SPDX-License-Identifier: MIT
/// @file
/// Trigger and Triggers: the reasons to act that a source wants, and that a channel reports.
///
/// ```cpp
/// polleros::Triggers triggers() const noexcept {
///     using enum polleros::Trigger;                // inside a function or class: outside there is the system's ::recv
///     return when(unsent.size() < watermark, recv) | when(!unsent.empty(), send);
/// }
/// if (channel.act().has(Trigger::err | Trigger::recv)) { ... }      // any of them
/// ```
#pragma once

#include <polleros/flag_set.hpp>

#include <cstdint>

POLLEROS_NAMESPACE_BEGIN

/// One reason to act. What it says of a handle is what the kernel says; the names tell the reader which call follows.
enum class Trigger : std::uint16_t {
    notify = 1U << 0,   ///< readable: somebody notifies (eventfd, pipe, timerfd, another poller)
    accept = 1U << 1,   ///< readable: a connection can be accepted
    connect = 1U << 2,  ///< writable: a non-blocking connect has ended, well or badly
    send = 1U << 3,     ///< writable
    recv = 1U << 4,     ///< readable, the end of the stream included
    priority = 1U << 5, ///< urgent data (a capability: not every backend can)
    hangup = 1U << 6,   ///< the peer will send no more; may come with unread data; told only if asked
    edge = 1U << 7,     ///< asked, never reported: tell the others when they begin, not while they last (a capability)
    work = 1U << 8,     ///< something can be done now that needs no kernel: never waits, reported at once
    err = 1U << 9, ///< reported, never asked: of the connection, or, if `channel.error()` is set, of waiting for it
    timeout = 1U << 10, ///< reported, never asked: the source's `deadline()` has passed
};

template <>
inline constexpr bool isFlag<Trigger> = true;

/// A set of triggers: an intent, or an activity.
using Triggers = FlagSet<Trigger>;

/// These triggers if the condition holds, else none. Constant time, any thread.
[[nodiscard]] constexpr Triggers when(bool condition, Triggers triggers) noexcept {
    return condition ? triggers : Triggers();
}

/// The triggers that a kernel can tell. In an intent, `err` and `timeout` are ignored.
///
/// With `edge`, each is told once when it begins, and again only after whatever makes it begin anew: read until it would
/// block before you wait again. What an iteration that is left early has not reached is told no more. When the intent
/// changes, what lasts may be told once more.
inline constexpr Triggers kernelTriggers{Trigger::notify, Trigger::accept,   Trigger::connect, Trigger::send,
                                         Trigger::recv,   Trigger::priority, Trigger::hangup};

POLLEROS_NAMESPACE_END
