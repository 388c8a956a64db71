// SPDX-License-Identifier: MIT
/// @file
/// Printing of triggers, apart from `triggers.hpp` so that nobody pays for streams who does not print.
#pragma once

#include <polleros/triggers.hpp>

#include <ostream>
#include <string_view>

POLLEROS_NAMESPACE_BEGIN

/// The enumerator's own name; "?" for a value that is none. Constant time.
[[nodiscard]] constexpr std::string_view nameOf(Trigger trigger) noexcept {
    switch (trigger) {
    case Trigger::notify: return "notify";
    case Trigger::accept: return "accept";
    case Trigger::connect: return "connect";
    case Trigger::send: return "send";
    case Trigger::recv: return "recv";
    case Trigger::priority: return "priority";
    case Trigger::hangup: return "hangup";
    case Trigger::edge: return "edge";
    case Trigger::work: return "work";
    case Trigger::err: return "err";
    case Trigger::timeout: return "timeout";
    }
    return "?";
}

/// Prints like `{recv send}`, in the order of the enumerators; `{}` for the empty set.
inline std::ostream& operator<<(std::ostream& out, Triggers triggers) {
    out << '{';
    const char* gap = "";
    for (unsigned bit = 1; bit <= static_cast<unsigned>(Trigger::timeout); bit <<= 1U) {
        const auto trigger = static_cast<Trigger>(bit);
        if (triggers.has(trigger)) {
            out << gap << nameOf(trigger);
            gap = " ";
        }
    }
    return out << '}';
}

POLLEROS_NAMESPACE_END
