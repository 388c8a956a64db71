// SPDX-License-Identifier: MIT
// A trial for the listener: no descriptors.
#pragma once

#include <polleros/net/tcp.hpp>

#include <chrono>
#include <cstddef>

namespace demo {

struct Shortage {
    std::size_t guests = 0; ///< connections that were made, and closed again
    std::chrono::nanoseconds lasted{};
};

/// For a while, leaves this process next to no descriptors, and takes those that are left for connections to the
/// server, which then has none to accept with. Where the system has no limit it lasts no time at all.
[[nodiscard]] Shortage starveOfDescriptors(const polleros::net::Endpoint& server, std::chrono::milliseconds howLong);

} // namespace demo
