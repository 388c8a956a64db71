# SPDX-License-Identifier: MIT
# Bugs in what epoll is told, and what it says.

polleros_mutant(
    leftover_refused
    BUG "What a duplicate left at a number keeps it from being watched (nodejs#11307)."
    FILE backend/epoll.hpp
    FROM [=[if (occupied == Occupied::takeOver && ec.value() == EEXIST)]=]
    TO [=[if (false)]=]
    TEST backend/linux/epoll.cpp
    CASE "what is left over at a number")

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
    time_unlimited
    BUG "A timeout longer than some kernels take is an error there."
    FILE detail/os_posix.hpp
    FROM [=[left / billion < longestSeconds ? left / billion : longestSeconds]=]
    TO [=[left / billion]=]
    TEST backend/linux/kqueue.cpp
    CASE "time is cut to a day")
