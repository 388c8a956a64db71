# SPDX-License-Identifier: MIT
# Bugs in what epoll is told, and what it says.

polleros_mutant(
    alarm_rings_once
    BUG "The timer has rung, and is believed to be set."
    FILE detail/alarm.hpp
    FROM [=[void rang() noexcept { time_ = noDeadline; }

private]=]
    TO [=[void rang() noexcept {}

private]=]
    TEST contract/deadlines.cpp
    CASE "T10 a source without handle"
    SETTING EpollLocal)

polleros_mutant(
    alarm_too_late
    BUG "A timer that rings later than the first deadline is good enough."
    FILE detail/alarm.hpp
    FROM [=[return time_ <= deadline;]=]
    TO [=[return time_ != noDeadline || deadline == noDeadline;]=]
    TEST backend/linux/alarm.cpp
    CASE "beside deadlines that move away")

polleros_mutant(
    leftover_refused
    BUG "What a duplicate left at a number keeps it from being watched (nodejs#11307)."
    FILE backend/epoll.hpp
    FROM [=[if (occupied == Occupied::takeOver && ec.value() == EEXIST)]=]
    TO [=[if (false)]=]
    TEST backend/linux/epoll.cpp
    CASE "what is left over at a number")

polleros_mutant(
    priority_always_armed
    BUG "Urgent data is armed for everybody, and ends the waits of those who never asked."
    FILE backend/epoll.hpp
    FROM [=[event.events = mask(interest);]=]
    TO [=[event.events = mask(interest) | EPOLLPRI;]=]
    TEST contract/readiness.cpp
    CASE "R17 urgent data"
    SETTING EpollLocal)

polleros_mutant(
    half_close_always_armed
    BUG "The peer's half-close is armed for everybody, and ends every wait of who only sends."
    FILE backend/epoll.hpp
    FROM [=[event.events = mask(interest);]=]
    TO [=[event.events = mask(interest) | EPOLLRDHUP;]=]
    TEST contract/hangup.cpp
    CASE "N19 half closed and full"
    SETTING EpollLocal)

polleros_mutant(
    silenced_not_removed
    BUG "A removal leaves the registration with an empty mask, which a hang-up passes (netty#327)."
    FILE backend/epoll.hpp
    FROM [=[Sys::epollControl(set_.get(), EPOLL_CTL_DEL, handle, &ignored);]=]
    TO [=[Sys::epollControl(set_.get(), EPOLL_CTL_MOD, handle, &ignored);]=]
    TEST backend/linux/epoll.cpp
    CASE "the kernel")

polleros_mutant(
    more_than_the_buffer
    BUG "More is ready than the buffer holds, and is read beyond its end."
    FILE backend/epoll.hpp
    FROM [=[            return events_.size();
        }
        return count;]=]
    TO [=[        }
        return count;]=]
    TEST backend/linux/epoll.cpp
    CASE "more events than there is room")

polleros_mutant(
    buffer_never_grows
    BUG "A buffer of fixed size holds a crowd up (flux#67)."
    FILE backend/epoll.hpp
    FROM [=[isFull_ = events_.size() < maxEvents_;]=]
    TO [=[isFull_ = false;]=]
    TEST contract/fairness.cpp
    CASE "F3 the buffer grows"
    SETTING EpollLocal)

polleros_mutant(
    old_kernel_asked_each_time
    BUG "A kernel without epoll_pwait2 is asked for it by every wait."
    FILE backend/epoll.hpp
    FROM [=[lacksPwait2_ = true;]=]
    TO [=[]=]
    TEST backend/linux/epoll.cpp
    CASE "a kernel without epoll_pwait2")

polleros_mutant(
    sandbox_ends_wait
    BUG "A sandbox that forbids epoll_pwait2 makes every wait an error."
    FILE backend/epoll.hpp
    FROM [=[(errno != ENOSYS && errno != EPERM)]=]
    TO [=[(errno != ENOSYS)]=]
    TEST backend/linux/epoll.cpp
    CASE "a kernel without epoll_pwait2")

polleros_mutant(
    coarse_wait
    BUG "Short waits are left to a call that counts milliseconds."
    FILE backend/epoll.hpp
    FROM [=[if (!lacksPwait2_) {]=]
    TO [=[if (false) {]=]
    TEST backend/linux/epoll.cpp
    CASE "epoll_pwait2 is used")

polleros_mutant(
    set_survives_exec
    BUG "A program that is started has the poller's set."
    FILE detail/os_linux.hpp
    FROM [=[::epoll_create1(EPOLL_CLOEXEC)]=]
    TO [=[::epoll_create1(0)]=]
    TEST contract/process.cpp
    CASE "K1 no descriptor"
    SETTING EpollLocal)

polleros_mutant(
    time_unlimited
    BUG "A timeout longer than some kernels take is an error there."
    FILE detail/os_posix.hpp
    FROM [=[left / billion < longestSeconds ? left / billion : longestSeconds]=]
    TO [=[left / billion]=]
    TEST backend/linux/kqueue.cpp
    CASE "time is cut to a day")
