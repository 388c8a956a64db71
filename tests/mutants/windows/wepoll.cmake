# SPDX-License-Identifier: MIT
# Bugs in what wepoll is told, and what it says.

polleros_mutant(
    leftover_changed
    BUG "What a closed socket left at a number is changed, which succeeds and is deaf for ever (wepoll#34)."
    FILE backend/wepoll.hpp
    FROM [=[static_cast<void>(control(EPOLL_CTL_DEL, member));
            ec = control(EPOLL_CTL_ADD, member);]=]
    TO [=[ec = control(EPOLL_CTL_MOD, member);]=]
    TEST backend/windows/wepoll.cpp
    CASE "the leftover of a closed socket")

polleros_mutant(
    exists_is_unknown
    BUG "The code of what is registered already is taken for another's, and a number that came back is refused for ever."
    FILE detail/system_errors.hpp
    FROM [=[    case 183: // ERROR_ALREADY_EXISTS
]=]
    TO [=[]=]
    TEST backend/windows/wepoll.cpp
    CASE "the leftover of a closed socket")

polleros_mutant(
    reset_is_no_error
    BUG "A reset comes as a hang-up alone, and is taken for an orderly end."
    FILE backend/wepoll.hpp
    FROM [=[map(EPOLLHUP, ReadyFlag::error | ReadyFlag::hangup);]=]
    TO [=[map(EPOLLHUP, ReadyFlag::hangup);]=]
    TEST backend/windows/wepoll.cpp
    CASE "a reset is told as an error")

polleros_mutant(
    anything_is_taken
    BUG "wepoll is believed to refuse what is no socket, and under Wine takes anything."
    FILE backend/wepoll.hpp
    FROM [=[if (const int reason = detail::refusalOf<Sys>(handle)) {]=]
    TO [=[if (const int reason = 0) {]=]
    TEST backend/windows/wepoll.cpp
    CASE "what is no open socket")

polleros_mutant(
    dropped_in_silence
    BUG "wepoll has dropped a socket that was closed, and its channel waits for ever (wepoll#16)."
    FILE backend/wepoll.hpp
    FROM [=[                lose(member, WSAEBADF);
]=]
    TO [=[]=]
    TEST backend/windows/wepoll.cpp
    CASE "a registration that wepoll has dropped")

polleros_mutant(
    same_ones_looked_after
    BUG "The same few registrations are looked after by every wait, and the others never."
    FILE backend/wepoll.hpp
    FROM [=[next_ = next_ < members_.size() ? next_ : 0;]=]
    TO [=[next_ = turn;]=]
    TEST backend/windows/wepoll.cpp
    CASE "among many registrations")

polleros_mutant(
    one_fails_all
    BUG "One socket that the system refuses to watch fails every wait (wepoll's port__update_events)."
    FILE backend/wepoll.hpp
    FROM [=[ec = expelWhoFails(Sys::lastError());]=]
    TO [=[ec = detail::systemError(Sys::lastError());]=]
    TEST backend/windows/wepoll.cpp
    CASE "one socket that makes every wait fail")

polleros_mutant(
    all_blamed
    BUG "The set itself fails, and everybody in it is told that his handle is bad."
    FILE backend/wepoll.hpp
    FROM [=[const int failure = asks ? fails() : 0;]=]
    TO [=[const int failure = fails();]=]
    TEST backend/windows/wepoll.cpp
    CASE "a set that fails by itself")

polleros_mutant(
    withdrawn_takes_a_place
    BUG "The answer to what was withdrawn takes the place of what is ready, and a wait that does not block is empty."
    FILE backend/wepoll.hpp
    FROM [=[std::size_t rounds = changes_ == 0 ? 0 : 1 + changes_ / events_.size();]=]
    TO [=[std::size_t rounds = 0;]=]
    TEST backend/windows/wepoll.cpp
    CASE "a wait that does not block")

polleros_mutant(
    closed_while_it_writes
    BUG "A set is closed while the system still writes into its memory."
    FILE backend/wepoll.hpp
    FROM [=[        leaveAll();
        if (changes_ != 0) {]=]
    TO [=[        if (changes_ != 0) {]=]
    TEST backend/windows/wepoll.cpp
    CASE "before a set is closed")

polleros_mutant(
    wake_hears_another
    BUG "The wake socket is connected to somebody else's port, and its wakes go there."
    FILE detail/socket_wake.hpp
    FROM [=[peer == here ? std::error_code{} :]=]
    TO [=[true ? std::error_code{} :]=]
    TEST backend/windows/socket_wake.cpp
    CASE "one that is connected to somebody else")

polleros_mutant(
    wakes_left_in_socket
    BUG "One datagram is read of many, and the next ones end waits that nobody woke."
    FILE detail/socket_wake.hpp
    FROM [=[while (Sys::recv(]=]
    TO [=[if (Sys::recv(]=]
    TEST backend/windows/socket_wake.cpp
    CASE "it is readable after a signal")

polleros_mutant(
    last_error_lost_in_wake
    BUG "A wake changes the last error of the thread that it is called from."
    FILE detail/socket_wake.hpp
    FROM [=[        Sys::setLastError(lastError);
]=]
    TO [=[]=]
    TEST backend/windows/socket_wake.cpp
    CASE "signals that nobody drains")
