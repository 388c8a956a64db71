// SPDX-License-Identifier: MIT
// The calls of the seam in detail/os_calls.hpp by name, and counts of them.
#pragma once

#include <array>
#include <cstddef>

namespace polleros_test {

// Whether this is compiled for tests/swept.
#ifdef POLLEROS_TEST_SWEPT
inline constexpr bool swept = true;
#else
inline constexpr bool swept = false;
#endif

// `anyCall` stands for each of them; epollAdd, epollModify and epollRemove are the operations of epoll_ctl. On Windows
// they are wepoll's, epollRepeat is a change that changes nothing, and `write` and `read` are send and recv. `poll` is the
// seam's there, and WSAPoll itself for who makes that of it (see PollingCalls).
//
// A kevent() is a keventWait, which takes events; a keventChange, which only makes changes; or one about a queue with a
// user event, which keventUser makes, keventTrigger triggers and keventTake takes. The changes in the first two are
// keventAdd, keventDelete and keventAsk, and no calls of their own: one that "fails" is answered with EV_ERROR.
enum class Call : unsigned char {
    now,
    close,
    fstat,
    read,
    write,
    pipe,
    socketType,
    openDatagram,
    bind,
    connect,
    localAddress,
    remoteAddress,
    poll,
    epollCreate,
    epollAdd,
    epollModify,
    epollRemove,
    epollRepeat,
    epollWait,
    epollPwait2,
    eventFd,
    timerCreate,
    timerSet,
    kqueue,
    keventChange,
    keventWait,
    keventUser,
    keventTrigger,
    keventTake,
    keventAdd,
    keventDelete,
    keventAsk,
    anyCall
};
inline constexpr std::size_t callKinds = static_cast<std::size_t>(Call::anyCall);

// Where a call puts the events it reports.
struct EventBuffer {
    void* events = nullptr;
    int room = 0;
};

// Snapshots of the counts; what was done between two of them is a difference.
struct CallCounts {
    std::array<std::size_t, callKinds> of{};

    [[nodiscard]] std::size_t operator[](Call call) const { return of[static_cast<std::size_t>(call)]; }
    // Registrations changed.
    [[nodiscard]] std::size_t controls() const {
        return (*this)[Call::epollAdd] + (*this)[Call::epollModify] + (*this)[Call::epollRemove] +
               (*this)[Call::keventAdd] + (*this)[Call::keventDelete];
    }
    // Waits entered.
    [[nodiscard]] std::size_t waits() const {
        return (*this)[Call::epollWait] + (*this)[Call::epollPwait2] + (*this)[Call::poll] + (*this)[Call::keventWait];
    }
    // Wake handles made.
    [[nodiscard]] std::size_t wakeHandles() const {
        return (*this)[Call::eventFd] + (*this)[Call::pipe] + (*this)[Call::openDatagram] + (*this)[Call::keventUser];
    }
    // Wakes that were written to a wake handle.
    [[nodiscard]] std::size_t signals() const { return (*this)[Call::write] + (*this)[Call::keventTrigger]; }
    // All system calls; a look at the clock is none where it matters.
    [[nodiscard]] std::size_t total() const {
        std::size_t sum = 0;
        for (const std::size_t count : of) {
            sum += count;
        }
        return sum - (*this)[Call::now] - (*this)[Call::epollRepeat] - (*this)[Call::keventAdd] -
               (*this)[Call::keventDelete] - (*this)[Call::keventAsk];
    }
    friend CallCounts operator+(CallCounts a, const CallCounts& b) {
        for (std::size_t kind = 0; kind < callKinds; ++kind) {
            a.of[kind] += b.of[kind];
        }
        return a;
    }
    friend CallCounts operator-(CallCounts a, const CallCounts& b) {
        for (std::size_t kind = 0; kind < callKinds; ++kind) {
            a.of[kind] -= b.of[kind];
        }
        return a;
    }
};

} // namespace polleros_test
