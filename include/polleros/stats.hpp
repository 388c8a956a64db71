// SPDX-License-Identifier: MIT
/// @file
/// Stats: what a poller has done so far, counted. Reading them costs nothing; two snapshots make a rate to alarm on.
#pragma once

#include <polleros/config.hpp>

#include <cstdint>

POLLEROS_NAMESPACE_BEGIN

/// Counters of one poller since it was made. They only grow.
struct Stats {
    std::uint64_t waits = 0;          ///< calls of `waitTriggers()` and `harvest()`
    std::uint64_t kernelWaits = 0;    ///< wait calls made for them: more only after a signal, a stale event, ...
    std::uint64_t reports = 0;        ///< channels handed back, summed over all waits
    std::uint64_t adds = 0;           ///< registrations made
    std::uint64_t modifies = 0;       ///< registrations changed
    std::uint64_t removes = 0;        ///< registrations removed
    std::uint64_t failedChanges = 0;  ///< of these three, refused by the kernel
    std::uint64_t wakes = 0;          ///< waits that reported `woken`
    std::uint64_t lateWakes = 0;      ///< wake events whose wake had been reported already
    std::uint64_t deadlines = 0;      ///< deadlines that ran out
    std::uint64_t staleEvents = 0;    ///< events of registrations the process has forgotten
    std::uint64_t rebuilds = 0;       ///< kernel sets made anew to get rid of them
    std::uint64_t failedRebuilds = 0; ///< attempts at it that failed; they are repeated, ever more rarely
    std::uint64_t fruitlessWaits = 0; ///< waits that brought kernel events and nothing to deliver: should stand still
    std::uint64_t repeatedWork = 0;   ///< channels that brought nothing but the same `work` again
};

POLLEROS_NAMESPACE_END
