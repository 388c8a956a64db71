// SPDX-License-Identifier: MIT
/// @file
/// WaitResult: what a wait says of itself. The channels it reported are `poller.triggered()`.
#pragma once

#include <polleros/triggers.hpp>

#include <cstddef>

POLLEROS_NAMESPACE_BEGIN

/// What a wait brought. There is always a reason: `channels` is not 0, or `woken`, or `timedOut`.
struct WaitResult {
    Triggers triggers;           ///< of all reported channels together, when they were harvested
    std::size_t channels = 0;    ///< how many were reported
    bool timedOut = false;       ///< the wait's own timeout passed, and nothing else happened
    bool woken = false;          ///< by a Waker; or, between `prepare()` and `harvest()`, by a change
    bool handleReplaced = false; ///< `nativeHandle()` is another one: a forgotten registration had to be got rid of
};

POLLEROS_NAMESPACE_END
