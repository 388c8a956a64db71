# SPDX-License-Identifier: MIT
# Bugs in who is attached, who is deleted, and whose a handle is.

polleros_mutant(
    deletion_told_late
    BUG "A deletion waits in a list of changes, and by then the handle is closed or another's (libuv#4323)."
    FILE detail/core_lifecycle.hpp
    FROM [=[withdraw(backend, channel, When::now);]=]
    TO [=[withdraw(backend, channel, When::byNextWait);]=]
    TEST unit/poller_core.cpp
    CASE "a deletion is told")

polleros_mutant(
    deletion_not_told
    BUG "The source dies first; the kernel is never told."
    FILE detail/core_lifecycle.hpp
    FROM [=[    withdraw(backend, channel, When::now);
    const ChannelNumber]=]
    TO [=[    const ChannelNumber]=]
    TEST unit/poller_core.cpp
    CASE "of a deletion the kernel")

polleros_mutant(
    question_stays_registered
    BUG "Who wants nothing is in the kernel with an empty mask, and a hang-up can't be masked (polling#11)."
    FILE detail/core_lifecycle.hpp
    FROM [=[if (wanted.empty()) { // that was only a question]=]
    TO [=[if (false) {]=]
    TEST contract/intent.cpp
    CASE "I1 who wants nothing"
    SETTING EpollLocal)

polleros_mutant(
    gap_breaks_probe
    BUG "A hash table forgets who comes behind a hole."
    FILE detail/place_table.hpp
    FROM [=[                gap = slot;
]=]
    TO [=[]=]
    TEST unit/detail/place_table.cpp
    CASE "under churn it finds")

polleros_mutant(
    full_table
    BUG "A table that is full searches for ever: the 16 063rd socket is refused."
    FILE detail/place_table.hpp
    FROM [=[std::bit_ceil(count * 6 / 5 + 1)]=]
    TO [=[std::bit_ceil(count)]=]
    TEST unit/detail/place_table.cpp
    CASE "under churn it finds")
