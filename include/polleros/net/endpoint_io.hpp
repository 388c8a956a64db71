// SPDX-License-Identifier: MIT
/// @file
/// Printing endpoints to streams. Apart from endpoint.hpp, so that only who prints pays for `<ostream>`.
#pragma once

#include <polleros/net/endpoint.hpp>

#include <ostream>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// Prints what `Endpoint::toString()` returns, padded as the stream is told to.
inline std::ostream& operator<<(std::ostream& out, const Endpoint& endpoint) {
    const detail::AddressText text = endpoint.format();
    return out << std::string_view(text.bytes, text.size);
}

} // namespace net

POLLEROS_NAMESPACE_END
