# SPDX-License-Identifier: MIT
# Bugs in one wait, and what ends it.

polleros_mutant(
    interruption_ends_wait
    BUG "A signal ends a wait, as an error."
    FILE detail/poller_wait.hpp
    FROM [=[if (detail::meaningOf(ec) != detail::Meaning::interrupted) {]=]
    TO [=[if (ec) {]=]
    TEST backend/linux/epoll.cpp
    CASE "a thousand interruptions")

polleros_mutant(
    early_end_is_the_end
    BUG "The kernel comes back early, and the wait says that its time is over (libuv 427e4c9d4)."
    FILE detail/poller_wait.hpp
    FROM [=[(timed && end <= waitTime_)]=]
    TO [=[timed]=]
    TEST backend/linux/epoll.cpp
    CASE "an early end without events")

polleros_mutant(
    rebuild_loses_waker
    BUG "A kernel set is made anew, and nobody can wake it."
    FILE detail/poller_wait.hpp
    FROM [=[core_.set(Condition::impaired, wake_ != nullptr && registerWake());]=]
    TO [=[]=]
    TEST backend/linux/epoll.cpp
    CASE "a registration that a duplicate keeps alive")

polleros_mutant(
    rebuild_loses_channels
    BUG "A kernel set is made anew, and is empty."
    FILE detail/poller_wait.hpp
    FROM [=[        core_.registerAll(backend_);
        return true;]=]
    TO [=[        return true;]=]
    TEST backend/linux/epoll.cpp
    CASE "a registration that a duplicate keeps alive")

polleros_mutant(
    rebuild_tried_each_time
    BUG "While there is no new set to be had, every turn tries for one and spins."
    FILE detail/poller_wait.hpp
    FROM [=[rebuildPause_ = rebuildBackOff_;]=]
    TO [=[]=]
    TEST backend/linux/epoll.cpp
    CASE "while no new set can be had")

polleros_mutant(
    armed_by_a_store
    BUG "The one who is about to sleep says so by a store, over a wake that came between its look and its sleep (zio#610)."
    FILE waker.hpp
    FROM [=[return state_.compare_exchange_strong(expected, waiting, std::memory_order_acq_rel) || expected == waiting;]=]
    TO [=[state_.store(waiting);
        return expected == idle;]=]
    TEST unit/waker.cpp
    CASE "in every order of every step")

polleros_mutant(
    every_wake_writes
    BUG "Each wake is a system call, until the pipe is full."
    FILE waker.hpp
    FROM [=[std::memory_order_acq_rel) == waiting; }]=]
    TO [=[std::memory_order_acq_rel) != pending; }]=]
    TEST unit/waker.cpp
    CASE "a wake asks for a signal")

polleros_mutant(
    wake_after_the_flag
    BUG "A flag says that a wake is under way, and its owner clears it without looking: the wake is lost (polling#265)."
    FILE waker.hpp
    FROM [=[return state_.exchange(idle, std::memory_order_acq_rel) == pending;]=]
    TO [=[state_.store(idle);
        return false;]=]
    TEST unit/waker.cpp
    CASE "in every order of every step")
