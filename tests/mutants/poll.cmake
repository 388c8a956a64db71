# SPDX-License-Identifier: MIT
# Bugs in the list that poll(2) is given.

polleros_mutant(
    closed_handle_spins
    BUG "A closed descriptor stays in the list, and every wait returns at once with POLLNVAL (libzmq#2895)."
    FILE backend/poll.hpp
    FROM [=[remove(invalidHandle, entry.seqN, {}, When::now);]=]
    TO [=[static_cast<void>(entry);]=]
    TEST backend/posix/poll.cpp
    CASE "a handle that was closed")

polleros_mutant(
    first_served_first
    BUG "The scan begins at the same place each time, and the last ones starve."
    FILE backend/poll.hpp
    FROM [=[cursor_ = cursor_ < others ? cursor_ + 1 : 1;]=]
    TO [=[cursor_ = scanned + 1;]=]
    TEST backend/posix/poll.cpp
    CASE "a small buffer is filled")

polleros_mutant(
    moved_entry_lost
    BUG "Who fills a gap in the list is not found there."
    FILE backend/poll.hpp
    FROM [=[            slots_[detail::placeOf(lastSeqN)] = slot;
]=]
    TO [=[]=]
    TEST backend/posix/poll.cpp
    CASE "the list equals")

polleros_mutant(
    files_always_ready
    BUG "A regular file is taken, and is always ready (libuv#658)."
    FILE backend/poll.hpp
    FROM [=[if (when == When::now) {]=]
    TO [=[if (false) {]=]
    TEST contract/lifecycle.cpp
    CASE "L5 what cannot be waited for"
    SETTING PollSometimes)

polleros_mutant(
    wake_entry_passed_over
    BUG "The wake handle's own entry is passed over, and what it says is never read."
    FILE backend/poll.hpp
    FROM [=[        take(wakerSlot, found);
]=]
    TO [=[]=]
    TEST contract/waking.cpp
    CASE "N10 a write that comes after"
    SETTING PollSometimes)

polleros_mutant(
    error_not_mapped
    BUG "POLLERR is mapped to nothing: who waits to write waits for ever."
    FILE backend/poll.hpp
    FROM [=[        map(Sys::pollError, ReadyFlag::error);
]=]
    TO [=[]=]
    TEST contract/readiness.cpp
    CASE "R12 a full pipe"
    SETTING PollSometimes)

polleros_mutant(
    half_close_unheard
    BUG "A half-close is not asked for, though the system would tell it."
    FILE backend/poll.hpp
    FROM [=[(interest.has(InterestFlag::hangup) ? Sys::pollReadEnd : 0)]=]
    TO [=[0]=]
    TEST contract/capabilities.cpp
    CASE "capability hangupOnly"
    SETTING PollSometimes)
