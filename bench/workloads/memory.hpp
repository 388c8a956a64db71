// SPDX-License-Identifier: MIT
// What a loop keeps in memory for channels that do nothing.
#pragma once

#include "workloads/cascade.hpp"

#include <malloc.h>

namespace bench {

[[nodiscard]] inline std::size_t bytesInUse() {
    const auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd; // small blocks, and those with a mapping of their own
}

// Bytes of this process per idle channel: the loop, what it keeps, and the object that its library wants for a channel.
template <template <class> class Loop>
[[nodiscard]] double bytesPerChannel(std::size_t channels) {
    const std::vector<Channel> idle = makeChannels(channels, Kind::eventFd);
    const std::size_t before = bytesInUse();
    Cascade work;
    Loop<Cascade> loop(work, channels);
    for (const Channel& channel : idle) {
        loop.add(channel.in(), readable, {});
    }
    loop.turn(Blocking::no);
    return static_cast<double>(bytesInUse() - before) / static_cast<double>(channels);
}

} // namespace bench
