// SPDX-License-Identifier: MIT
// In what the systems with a kqueue differ, as far as a program can see it.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>

namespace polleros_test {

enum class System { freebsd, netbsd, openbsd, macos };

struct Behaviour {
    // --- changes
    bool userFilter = true;        // EVFILT_USER: not on NetBSD before 10, not on OpenBSD before 7.8
    int addAtDeadPipe = 0;         // ADD of WRITE at a pipe without a reader: this error; 0: attaches, and tells EOF
    int changeOfClosed = EBADF;    // DELETE, ENABLE or DISABLE at a closed descriptor
    bool onlyAddSetsUdata = false; // else any change of a knote replaces its udata
    bool enableLooksAgain = true;  // an ENABLE of what is enabled makes a true condition an event again
    bool skipsFilterZero = false;  // a change with filter 0 is passed over, where no filter has that number
    bool refusesContradiction = false; // ENABLE and DISABLE in one change: EINVAL
    bool deviceRefused = false;        // devices without kqueue support: EINVAL, else they are always ready

    // --- what is put into the event list
    bool receiptNeedsRoom = true;     // a receipt without room ends the call with 0, else it is not given
    std::uint32_t keptFlags = 0;      // of a change in its receipt or error; events keep EV_ADD and EV_ENABLE of them
    std::uint32_t moreFlagsAtEnd = 0; // beside EV_EOF; DragonFly has EV_NODATA and EV_HUP

    // --- EVFILT_USER
    bool clearInTriggerCancels = false; // EV_CLEAR in the call that triggers undoes the trigger
    bool addCanTrigger = false;         // NOTE_TRIGGER in the change that makes the knote counts

    // --- descriptors
    bool fifoTellsEnd = true;             // READ at a named FIFO hears of the last writer's close
    bool shutListenerTellsWriter = false; // shutdown() of a listener: EOF for WRITE, else for READ
    int shutListenerError = 0;            // and the error that comes with it
    bool lowatClamped = false;            // NOTE_LOWAT beyond the socket's buffer means all of it

    // --- time
    bool limitComesFirst = false;   // a bad limit refuses the call before a change is made, else after
    bool refusesLongLimits = false; // more seconds than an int32_t has: EINVAL, else for ever
    int errorOfTimeout = 0;         // a wait whose time is over fails with this: Darwin has been seen to say ETIMEDOUT
    std::chrono::nanoseconds tick{0}; // waits are rounded up to whole ticks, and one more; none: exact

    // The present release of a system. No tick even where there is one, because it costs a suite its time.
    [[nodiscard]] static Behaviour of(System system) noexcept {
        Behaviour result;
        switch (system) {
        case System::freebsd:
            result.addAtDeadPipe = EPIPE;
            result.skipsFilterZero = true;
            result.refusesContradiction = true;
            result.clearInTriggerCancels = true;
            result.shutListenerError = ECONNABORTED;
            break;
        case System::netbsd:
            result.addAtDeadPipe = EBADF;
            result.clearInTriggerCancels = true;
            result.shutListenerTellsWriter = true;
            break;
        case System::openbsd:
            result.onlyAddSetsUdata = true;
            result.enableLooksAgain = false;
            result.limitComesFirst = true;
            break;
        case System::macos:
            result.changeOfClosed = ENOENT;
            result.deviceRefused = true;
            result.receiptNeedsRoom = false;
            result.keptFlags = ~std::uint32_t{0};
            result.addCanTrigger = true;
            result.fifoTellsEnd = false;
            result.lowatClamped = true;
            result.limitComesFirst = true;
            result.refusesLongLimits = true;
            break;
        }
        return result;
    }
};

} // namespace polleros_test
