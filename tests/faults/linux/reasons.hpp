// SPDX-License-Identifier: MIT
// For what reasons each call may fail, by the man pages; and whom the library owes the news of it.
#pragma once

#include "faults/reasons.hpp"

#include <polleros/error.hpp>

#include <cerrno>
#include <vector>

namespace polleros_test {

inline const std::vector<Reason> linuxReasons{
    {Call::close, EINTR, true},
    {Call::close, EIO, true},
    {Call::close, ENOSPC, true},
    {Call::close, EDQUOT, true},
    {Call::fstat, EBADF},
    {Call::fstat, EFAULT},
    {Call::fstat, ENOMEM},
    {Call::fstat, EOVERFLOW},
    {Call::read, EAGAIN},
    {Call::read, EINTR},
    {Call::read, EIO},
    {Call::write, EAGAIN, true},
    {Call::write, EINTR},
    {Call::pipe, EMFILE},
    {Call::pipe, ENFILE},
    {Call::pipe, EINVAL},
    {Call::pipe, EFAULT},
    {Call::poll, EINTR},
    {Call::poll, EINVAL},
    {Call::poll, ENOMEM},
    {Call::poll, EFAULT},
    {Call::poll, 0},
    {Call::epollCreate, EMFILE},
    {Call::epollCreate, ENFILE},
    {Call::epollCreate, ENOMEM},
    {Call::epollCreate, EINVAL},
    {Call::epollCreate, ENOSYS},
    {Call::epollCreate, EPERM},
    {Call::epollAdd, EBADF},
    {Call::epollAdd, EEXIST, true},
    {Call::epollAdd, EINVAL},
    {Call::epollAdd, ELOOP},
    {Call::epollAdd, ENOMEM},
    {Call::epollAdd, ENOSPC},
    {Call::epollAdd, EPERM},
    {Call::epollModify, EBADF},
    {Call::epollModify, EINVAL},
    {Call::epollModify, ENOENT},
    {Call::epollModify, ENOMEM},
    {Call::epollModify, EPERM},
    {Call::epollRemove, EBADF, true},
    {Call::epollRemove, ENOENT, true},
    {Call::epollRemove, EINVAL},
    {Call::epollRemove, ENOMEM},
    {Call::epollRemove, EPERM},
    {Call::epollWait, EINTR},
    {Call::epollWait, EBADF},
    {Call::epollWait, EINVAL},
    {Call::epollWait, EFAULT},
    {Call::epollWait, 0},
    {Call::epollPwait2, EINTR},
    {Call::epollPwait2, EBADF},
    {Call::epollPwait2, EINVAL},
    {Call::epollPwait2, EFAULT},
    {Call::epollPwait2, ENOSYS},
    {Call::epollPwait2, EPERM},
    {Call::epollPwait2, 0},
    {Call::eventFd, EMFILE},
    {Call::eventFd, ENFILE},
    {Call::eventFd, ENODEV},
    {Call::eventFd, ENOMEM},
    {Call::eventFd, EINVAL},
    {Call::eventFd, ENOSYS},
    {Call::eventFd, EPERM},
    {Call::timerCreate, EMFILE},
    {Call::timerCreate, ENFILE},
    {Call::timerCreate, ENODEV},
    {Call::timerCreate, ENOMEM},
    {Call::timerCreate, EINVAL},
    {Call::timerCreate, EPERM},
    {Call::timerSet, EBADF},
    {Call::timerSet, ECANCELED},
    {Call::timerSet, EFAULT},
    {Call::timerSet, EINVAL},
};

// Of a queue; a change in a list fails by itself. 93 is ENOTCAPABLE of FreeBSD. What cannot be deleted is not there. Not
// that a question after a filter is denied: it would be a lie here, and has tests of its own.
inline const std::vector<Reason> kqueueReasons{
    {Call::close, EINTR, true},
    {Call::close, EIO, true},
    {Call::fstat, EBADF},
    {Call::fstat, ENOMEM},
    {Call::fstat, EOVERFLOW},
    {Call::read, EAGAIN},
    {Call::read, EINTR},
    {Call::write, EAGAIN, true},
    {Call::write, EINTR},
    {Call::pipe, EMFILE},
    {Call::pipe, ENFILE},
    {Call::kqueue, EMFILE},
    {Call::kqueue, ENFILE},
    {Call::kqueue, ENOMEM},
    {Call::keventChange, EINTR},
    {Call::keventChange, EBADF},
    {Call::keventChange, EFAULT},
    {Call::keventChange, EINVAL},
    {Call::keventChange, ENOMEM},
    {Call::keventWait, EINTR, true},
    {Call::keventWait, ETIMEDOUT, true},
    {Call::keventWait, EBADF},
    {Call::keventWait, EFAULT},
    {Call::keventWait, EINVAL},
    {Call::keventWait, ENOMEM},
    {Call::keventUser, EINTR, true},
    {Call::keventUser, ENOMEM},
    {Call::keventUser, EINVAL},
    {Call::keventTrigger, EINTR},
    {Call::keventTake, EINTR},
    {Call::keventAdd, EINVAL},
    {Call::keventAdd, ENODEV},
    {Call::keventAdd, ENOMEM},
    {Call::keventAdd, EPERM},
    {Call::keventAdd, 93},
    {Call::keventAdd, EBADF},
    {Call::keventDelete, ENOENT, true},
    {Call::keventDelete, EBADF, true},
    {Call::keventDelete, 93, true},
};

// Nothing has failed, but something came in between.
[[nodiscard]] inline bool isInterruption(const Reason& reason) {
    return reason.error == EINTR || reason.error == ETIMEDOUT;
}
// An old kernel has no such call: there is another way.
[[nodiscard]] inline bool isAbsence(const Reason& reason) {
    return reason.error == ENOSYS && reason.call != Call::epollCreate;
}

[[nodiscard]] inline bool isWaitCall(Call call) {
    return call == Call::poll || call == Call::epollWait || call == Call::epollPwait2 || call == Call::keventWait;
}

// `ofChannel`: the call was about the handle of a channel, not one of the poller's own.
[[nodiscard]] inline Owed owedFor(Call call, int error, Doing doing, bool ofChannel) {
    using To = Owed::To;
    const std::error_code code(error, std::system_category());
    const Owed toWhoDid{doing == Doing::attaching ? To::caller : ofChannel ? To::channel : To::nobody, code};
    const bool makesWake = doing == Doing::makingWaker || doing == Doing::preparing;
    if (isWaitCall(call)) {
        const bool told = error != 0 && error != EINTR && error != ETIMEDOUT &&
                          !(call == Call::epollPwait2 && (error == ENOSYS || error == EPERM));
        return told ? Owed{To::caller, code} : Owed{};
    }
    switch (call) {
    case Call::epollCreate:
    case Call::kqueue: return doing == Doing::constructing ? Owed{To::caller, code} : Owed{};
    case Call::epollAdd:
        if (error == EEXIST) {
            return {}; // a leftover of somebody's: taken over
        }
        return !ofChannel && makesWake ? Owed{To::caller, code} : toWhoDid;
    case Call::epollModify:
        return error == ENOENT && ofChannel && doing != Doing::attaching
                   ? Owed{To::channel, polleros::errorCode(polleros::Errc::badHandle)}
                   : toWhoDid;
    case Call::fstat: return toWhoDid;
    case Call::eventFd: return error == ENOSYS || error == EPERM ? Owed{} : Owed{To::caller, code};
    case Call::pipe: return {To::caller, code};
    case Call::keventChange:
        return error == EINTR ? Owed{}
                              : Owed{doing == Doing::attaching || makesWake ? To::caller : To::channel, code, true};
    case Call::keventDelete: // and what it leaves behind went with it
        return ofChannel ? Owed{To::channel, {EBADF, std::system_category()}, true} : Owed{};
    case Call::keventAdd:
        if (error == EBADF && ofChannel) { // so some systems refuse a pipe without a reader
            return {toWhoDid.to, code, true};
        }
        if (ofChannel && doing == Doing::preparing) {
            return {To::channel, code, true}; // what fails there is tried again by the harvest
        }
        return !ofChannel && makesWake ? Owed{To::caller, code} : toWhoDid;
    default: return {}; // what is being removed is gone; a signal, a drain, a timer have another way
    }
}

} // namespace polleros_test
