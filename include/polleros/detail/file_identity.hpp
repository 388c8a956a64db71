// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Which file stands at a path: two that are equal are the same file.
struct FileIdentity {
    enum class Kind : unsigned char { none, socket, other };

    Kind kind = Kind::none;
    unsigned long long device = 0;
    unsigned long long node = 0;
    long long changed = 0; // numbers of files are given again at once

    friend bool operator==(const FileIdentity&, const FileIdentity&) noexcept = default;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
