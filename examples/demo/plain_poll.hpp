// SPDX-License-Identifier: MIT
// How the clients wait: by poll(2), in the plainest way. What checks the poller must not be the poller.
#pragma once

#include <polleros/handle.hpp>

#include <span>

namespace demo {

/// One socket of a list to be waited for.
struct Polled {
    polleros::NativeHandle handle = polleros::invalidHandle;
    bool wantsToRead = false; ///< if it wants neither, it is passed over
    bool wantsToWrite = false;
    bool readable = false; ///< what was found; an end or an error is something to read
    bool writable = false;
};

/// Waits until one of them can do what it wants, or the time is over; -1 for no limit.
void plainPoll(std::span<Polled> list, int milliseconds);

} // namespace demo
