# SPDX-License-Identifier: MIT
# Bugs in what WSAPoll is made into.

polleros_mutant(
    nothing_to_watch_fails
    BUG "A list without an open socket is an error at once instead of a sleep (WSAENOTSOCK)."
    FILE detail/wsa_poll.hpp
    FROM [=[const bool nothingOpen = count == 0 || (got < 0 && Raw::lastError() == WSAENOTSOCK);]=]
    TO [=[const bool nothingOpen = count == 0;]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "an empty list sleeps")

polleros_mutant(
    closed_not_counted
    BUG "A closed socket among open ones is marked by WSAPoll, but not counted, and nobody looks."
    FILE detail/wsa_poll.hpp
    FROM [=[found += entry->revents != 0 ? 1 : 0;]=]
    TO [=[found += (entry->revents & ~POLLNVAL) != 0 ? 1 : 0;]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "a closed socket among open ones")

polleros_mutant(
    sleep_without_slices
    BUG "A closed socket does not end WSAPoll, which sleeps on."
    FILE detail/wsa_poll.hpp
    FROM [=[timed ? timeout.deadline(Raw::now()) : noDeadline;
        const auto left = [&] { return timed ? Timeout(until).remaining(Raw::now()) : Nanoseconds(slice); };]=]
    TO [=[timed ? timeout.deadline(Raw::now()) : noDeadline;
        constexpr std::chrono::hours slice{1};
        const auto left = [&] { return timed ? Timeout(until).remaining(Raw::now()) : Nanoseconds(slice); };]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "a closed socket among open ones")

polleros_mutant(
    end_told_unasked
    BUG "The end of the peer's stream is told as it comes, to who only waits for room to send."
    FILE detail/wsa_poll.hpp
    FROM [=[const bool ended = (told & (POLLHUP | POLLERR)) == POLLHUP;]=]
    TO [=[const bool ended = false;]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "the end of the peer's stream")

polleros_mutant(
    end_spins
    BUG "The end of the peer's stream is told to nobody, and ends each of a thousand calls."
    FILE detail/wsa_poll.hpp
    FROM [=[            entry.fd = ~entry.fd;
            anyLeftOut_ = true;]=]
    TO [=[]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "the end of the peer's stream")

polleros_mutant(
    left_out_for_good
    BUG "Who is left out of one call for a while is never taken in again."
    FILE detail/wsa_poll.hpp
    FROM [=[if (isLeftOut(*entry) && isSet(entry->fd)) {]=]
    TO [=[if (false) {]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "others are heard while one is left out")

polleros_mutant(
    failed_connect_forgotten
    BUG "Before Windows 10 2004 WSAPoll never tells of a connect that failed (libzmq#3107, poco#2706)."
    FILE detail/wsa_poll.hpp
    FROM [=[if (found == 0 && watches) {]=]
    TO [=[if (false) {]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "a connect that was refused")

polleros_mutant(
    select_takes_first_only
    BUG "select() takes 64 sockets, and those behind them are not asked about."
    FILE detail/wsa_poll.hpp
    FROM [=[            first = last;
]=]
    TO [=[            first = end_;
]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "failed connects are found among more")

polleros_mutant(
    urgent_data_is_a_failure
    BUG "select() tells of urgent data in the same set, and a connection counts as failed."
    FILE detail/wsa_poll.hpp
    FROM [=[ &&
                        !Raw::isConnected(first->fd)]=]
    TO [=[]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "who asks select")

polleros_mutant(
    priority_asked
    BUG "A bit is asked for that real Windows refuses with the whole call, and Wine ignores (WSAEINVAL)."
    FILE detail/os_windows.hpp
    FROM [=[static constexpr short pollReadEnd = POLLRDBAND;]=]
    TO [=[static constexpr short pollReadEnd = POLLHUP;]=]
    TEST backend/windows/wsa_poll.cpp
    CASE "nothing is asked for")
