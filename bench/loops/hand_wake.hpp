// SPDX-License-Identifier: MIT
// How a loop written by hand is woken: an eventfd, and a flag that saves the write of a second wake.
#pragma once

#include "support/descriptor.hpp"

#include <atomic>

namespace bench {

class HandWake {
public:
    [[nodiscard]] int fd() const noexcept { return event_.get(); }

    void wake() {
        if (!isWoken_.exchange(true, std::memory_order_acq_rel)) {
            put(event_.get());
        }
    }
    void rearm() noexcept { isWoken_.exchange(false, std::memory_order_acq_rel); }

private:
    Descriptor event_ = makeEventFd(0);
    std::atomic<bool> isWoken_{false};
};

// Of work that needs no wakes.
struct NoWake {};

} // namespace bench
