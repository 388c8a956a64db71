// SPDX-License-Identifier: MIT
// For what reasons each call may fail, by Winsock's manual and wepoll's source; and whom the library owes the news of it.
#pragma once

#include "faults/reasons.hpp"

#include <polleros/detail/windows_headers.hpp>
#include <polleros/error.hpp>

#include <vector>

namespace polleros_test {

// Not that WSAPoll says WSAENOTSOCK: it means that all of the list are closed, and would be a lie here.
inline const std::vector<Reason> winsockReasons{
    {Call::close, WSAEINTR, true},
    {Call::close, WSAENETDOWN, true},
    {Call::socketType, WSAENETDOWN},
    {Call::socketType, WSAENOTSOCK},
    {Call::socketType, WSAEFAULT},
    {Call::read, WSAEWOULDBLOCK},
    {Call::read, WSAEINTR},
    {Call::read, WSAECONNRESET},
    {Call::write, WSAEWOULDBLOCK, true},
    {Call::write, WSAENOBUFS, true},
    {Call::write, WSAEINTR},
    {Call::openDatagram, WSAEMFILE},
    {Call::openDatagram, WSAENOBUFS},
    {Call::openDatagram, WSAEAFNOSUPPORT},
    {Call::bind, WSAENOBUFS},
    {Call::bind, WSAEADDRNOTAVAIL},
    {Call::connect, WSAENOBUFS},
    {Call::connect, WSAEADDRNOTAVAIL},
    {Call::localAddress, WSAENETDOWN},
    {Call::remoteAddress, WSAENOTCONN},
    {Call::poll, WSAEINTR},
    {Call::poll, WSAENOBUFS},
    {Call::poll, WSAENETDOWN},
    {Call::poll, 0},
};

// A change fails only if nobody is registered with that number any more, and that is also all that can speak against a
// removal. A wait fails by itself, and with whatever the system says of one of the sockets.
inline const std::vector<Reason> wepollReasons{
    {Call::epollCreate, ERROR_NOT_ENOUGH_MEMORY},
    {Call::epollCreate, ERROR_NO_SYSTEM_RESOURCES},
    {Call::epollAdd, ERROR_ALREADY_EXISTS},
    {Call::epollAdd, ERROR_NOT_ENOUGH_MEMORY},
    {Call::epollAdd, ERROR_NO_SYSTEM_RESOURCES},
    {Call::epollAdd, ERROR_INVALID_HANDLE},
    {Call::epollAdd, WSAENOTSOCK},
    {Call::epollAdd, WSAEFAULT},
    {Call::epollModify, ERROR_NOT_FOUND},
    {Call::epollModify, ERROR_INVALID_HANDLE},
    {Call::epollRemove, ERROR_NOT_FOUND, true},
    {Call::epollRemove, ERROR_INVALID_HANDLE, true},
    {Call::epollRepeat, ERROR_NOT_FOUND},
    {Call::epollRepeat, ERROR_INVALID_PARAMETER},
    {Call::epollWait, ERROR_NOT_SUPPORTED},
    {Call::epollWait, ERROR_NOT_ENOUGH_MEMORY},
    {Call::epollWait, ERROR_INVALID_HANDLE},
    {Call::epollWait, 0},
};

// Nothing has failed, but something came in between.
[[nodiscard]] inline bool isInterruption(const Reason& reason) {
    return reason.error == WSAEINTR;
}
// Every Windows has all of them.
[[nodiscard]] inline bool isAbsence(const Reason& /*reason*/) {
    return false;
}

[[nodiscard]] inline bool isWaitCall(Call call) {
    return call == Call::poll || call == Call::epollWait;
}

// `ofChannel`: the call was about the handle of a channel, not one of the poller's own.
[[nodiscard]] inline Owed owedFor(Call call, int error, Doing doing, bool ofChannel) {
    using To = Owed::To;
    const std::error_code code(error, std::system_category());
    const bool makesWake = !ofChannel && (doing == Doing::makingWaker || doing == Doing::preparing);
    const Owed toWhoDid{doing == Doing::attaching || makesWake ? To::caller
                        : ofChannel                            ? To::channel
                                                               : To::nobody,
                        code};
    switch (call) {
    case Call::poll: return error == 0 || error == WSAEINTR ? Owed{} : Owed{To::caller, code};
    case Call::epollCreate: return doing == Doing::constructing ? Owed{To::caller, code} : Owed{};
    case Call::epollAdd: return error == ERROR_ALREADY_EXISTS ? Owed{} : toWhoDid; // a leftover: it is replaced
    case Call::epollModify:
        return error == ERROR_NOT_FOUND && doing != Doing::attaching
                   ? Owed{To::channel, polleros::errorCode(polleros::Errc::badHandle)}
                   : toWhoDid;
    case Call::epollRepeat: // wepoll has dropped who was closed; who is marked in another loop's turn is silent
        return error == ERROR_NOT_FOUND
                   ? Owed{To::channel, {WSAEBADF, std::system_category()}, doing == Doing::harvesting}
                   : Owed{};
    case Call::socketType: return toWhoDid;
    case Call::openDatagram:
    case Call::bind:
    case Call::connect: // there is another family
        return error == WSAEAFNOSUPPORT || error == WSAEADDRNOTAVAIL ? Owed{} : Owed{To::caller, code};
    case Call::localAddress:
    case Call::remoteAddress: return {To::caller, code};
    default: return {}; // a wait of wepoll's that fails once is made again; a signal and a drain have another way
    }
}

} // namespace polleros_test
