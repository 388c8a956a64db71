// SPDX-License-Identifier: MIT
/// @file
/// The seam on Windows: Winsock, with a poll that behaves as poll(2).
#pragma once

#include <polleros/detail/start_winsock.hpp>
#include <polleros/detail/wsa_poll.hpp>
#include <polleros/timeout.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct OsCalls {
    static TimePoint now() noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(Clock::now()); }

    /// For ever if it is below zero.
    static void sleep(int milliseconds) noexcept { ::Sleep(static_cast<DWORD>(milliseconds)); }
    static void sleepMillisecond() noexcept { ::Sleep(1); }

    static int lastError() noexcept { return ::WSAGetLastError(); } // the same as GetLastError()
    static void setLastError(int code) noexcept { ::WSASetLastError(code); }

    static int close(NativeHandle handle) noexcept { return ::closesocket(handle); }

    /// @name What a handle is
    /// @{
    /// 0, and SOCK_STREAM or so, if it is an open socket: the one question that every Windows, and Wine, answers well.
    static int socketType(NativeHandle handle, int& type) noexcept {
        int length = sizeof type;
        return ::getsockopt(handle, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &length);
    }
    /// Whether it is open, whatever it is.
    static bool isOpen(NativeHandle handle) noexcept {
        DWORD flags = 0;
        return ::GetHandleInformation(reinterpret_cast<HANDLE>(handle), &flags) != 0;
    }
    /// @}

    /// @name poll
    /// @{
    using PollEntry = ::WSAPOLLFD;
    static constexpr short pollRead = POLLRDNORM;
    static constexpr short pollWrite = POLLWRNORM;
    static constexpr short pollPriority = 0;         ///< WSAPoll cannot
    static constexpr short pollReadEnd = POLLRDBAND; ///< here, see `WsaPoll`
    static constexpr short pollError = POLLERR;
    static constexpr short pollHangup = POLLHUP;
    static constexpr short pollInvalid = POLLNVAL;
    static constexpr int pollInvalidError = WSAEBADF;
    static constexpr bool pollTellsHalfClose = false; ///< Wine does not while something is unread
    static constexpr bool pollIsExact = false;

    static int poll(::WSAPOLLFD* entries, std::size_t count, Timeout timeout) noexcept {
        return WsaPoll<OsCalls>(entries, count).wait(timeout);
    }
    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        return ::WSAPoll(entries, static_cast<ULONG>(count), milliseconds);
    }
    /// Leaves in the set those whose connect has failed, or that have urgent data.
    static int selectFailures(::fd_set& set) noexcept {
        ::timeval none{}; // not const: so MinGW declares it
        return ::select(0, nullptr, nullptr, &set, &none);
    }
    static bool isConnected(NativeHandle handle) noexcept {
        ::sockaddr_storage peer;
        int length = sizeof peer;
        return ::getpeername(handle, reinterpret_cast<::sockaddr*>(&peer), &length) == 0;
    }
    /// Whether this is Windows before 10 2004. (Wine says that it is, and is better than that.)
    static bool pollForgetsConnects() noexcept {
        static const bool forgets = windowsBuild() < 19041;
        return forgets;
    }
    /// @}

    /// @name The wake socket
    /// @{
    /// A datagram socket for one of the families: non-blocking, not inherited by child processes.
    static NativeHandle openDatagram(int family) noexcept {
        if (const int reason = startWinsock()) {
            setLastError(reason);
            return invalidHandle;
        }
        const ::SOCKET handle =
            ::WSASocketW(family, SOCK_DGRAM, IPPROTO_UDP, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
        u_long on = 1;
        if (handle != INVALID_SOCKET && ::ioctlsocket(handle, static_cast<long>(FIONBIO), &on) != 0) {
            const int reason = lastError();
            ::closesocket(handle);
            setLastError(reason);
            return invalidHandle;
        }
        return handle;
    }
    static int bind(NativeHandle handle, const ::sockaddr* address, int length) noexcept {
        return ::bind(handle, address, length);
    }
    static int connect(NativeHandle handle, const ::sockaddr* address, int length) noexcept {
        return ::connect(handle, address, length);
    }
    static int localAddress(NativeHandle handle, ::sockaddr* address, int* length) noexcept {
        return ::getsockname(handle, address, length);
    }
    static int remoteAddress(NativeHandle handle, ::sockaddr* address, int* length) noexcept {
        return ::getpeername(handle, address, length);
    }
    static int send(NativeHandle handle, const char* bytes, int size) noexcept {
        return ::send(handle, bytes, size, 0);
    }
    static int recv(NativeHandle handle, char* bytes, int size) noexcept { return ::recv(handle, bytes, size, 0); }
    /// @}

private:
    /// Asked of ntdll: what kernel32 tells depends on the program's manifest.
    static DWORD windowsBuild() noexcept {
        using RtlGetVersion = LONG(WINAPI*)(::OSVERSIONINFOW*);
        const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
        const FARPROC found = ntdll != nullptr ? ::GetProcAddress(ntdll, "RtlGetVersion") : nullptr;
        ::OSVERSIONINFOW version{};
        version.dwOSVersionInfoSize = sizeof version;
        if (found == nullptr) {
            return 0;
        }
        reinterpret_cast<RtlGetVersion>(reinterpret_cast<void (*)()>(found))(&version);
        return version.dwBuildNumber;
    }
};

/// What speaks against waiting for this handle, as a code of the system; 0 if nothing does. A handle that is closed and
/// one that is no socket are the same to Winsock: the difference is whether it is a handle at all.
template <class Sys>
[[nodiscard]] int refusalOf(NativeHandle handle) noexcept {
    int type = 0;
    if (Sys::socketType(handle, type) == 0) {
        return 0;
    }
    const int reason = Sys::lastError();
    return reason == WSAENOTSOCK && !Sys::isOpen(handle) ? WSAEBADF : reason;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
