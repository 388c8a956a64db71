// SPDX-License-Identifier: MIT
/// @file
/// Printing of channel numbers, apart from `identity.hpp` so that nobody pays for streams who does not print.
#pragma once

#include <polleros/identity.hpp>

#include <ostream>

POLLEROS_NAMESPACE_BEGIN

/// Prints the number; one that a poller picked as `#` and what is left without the top bit.
inline std::ostream& operator<<(std::ostream& out, ChannelNumber number) {
    if (isPicked(number)) {
        return out << '#' << static_cast<std::uint64_t>(detail::seqNOfPicked(number));
    }
    return out << static_cast<std::uint64_t>(number);
}

POLLEROS_NAMESPACE_END
