// SPDX-License-Identifier: MIT
// What Linux itself says that an epoll set holds: read from /proc, so that nothing of the library's is believed.
#pragma once

#include <polleros/handle.hpp>
#include <polleros/identity.hpp>
#include <polleros/interest.hpp>

#include <compare>
#include <cstdint>
#include <set>

namespace polleros_test {

struct Registered {
    polleros::NativeHandle fd = polleros::invalidHandle;
    std::uint32_t events = 0;
    std::uint64_t seqN = 0;

    friend auto operator<=>(const Registered&, const Registered&) = default;
};

// The wake handle and the alarm included. Empty on systems without.
[[nodiscard]] std::set<Registered> kernelView(int set);

// What stands there for a channel that is registered like this.
[[nodiscard]] Registered asRegistered(polleros::NativeHandle fd, polleros::Interest interest, polleros::SeqN seqN);

} // namespace polleros_test
