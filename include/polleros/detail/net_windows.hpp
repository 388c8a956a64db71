// SPDX-License-Identifier: MIT
/// @file
/// The seam below net/ on Windows; see `net_os.hpp`. Every function that makes a socket starts Winsock if need be.
#pragma once

#include <polleros/detail/file_identity.hpp>
#include <polleros/detail/start_winsock.hpp>
#include <polleros/handle.hpp>
#include <polleros/timeout.hpp>

#include <cstddef>

#include <afunix.h>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct NetCalls {
    using Length = int;

    static constexpr int timedOut = WSAETIMEDOUT;
    static constexpr int connectionRefused = WSAECONNREFUSED;
    static constexpr int familyUnsupported = WSAEAFNOSUPPORT;
    static constexpr int invalid = WSAEINVAL;
    static constexpr int notASocket = WSAENOTSOCK;
    static constexpr int optionUnsupported = WSAENOPROTOOPT;

    static TimePoint now() noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(Clock::now()); }
    static int lastError() noexcept { return ::WSAGetLastError(); } // the same as GetLastError()

    static constexpr bool isWouldBlock(int code) noexcept { return code == WSAEWOULDBLOCK; }
    static constexpr bool isInterrupted(int code) noexcept { return code == WSAEINTR; }
    static constexpr bool isInUse(int code) noexcept { return code == WSAEADDRINUSE; }
    static constexpr bool isRefused(int code) noexcept { return code == WSAECONNREFUSED; }
    static constexpr bool isMissing(int code) noexcept {
        return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
    }
    static constexpr bool isUnsupported(int code) noexcept { return code == WSAEOPNOTSUPP; }
    static constexpr bool isFamilyMissing(int code) noexcept {
        return code == WSAEAFNOSUPPORT || code == WSAEADDRNOTAVAIL;
    }
    static constexpr bool isInProgress(int code) noexcept { return code == WSAEWOULDBLOCK || code == WSAEINPROGRESS; }
    /// WSAENOBUFS is what Windows says when the ports to pick from have run out.
    static constexpr bool isPortChurn(int code) noexcept {
        return code == WSAEADDRNOTAVAIL || code == WSAEADDRINUSE || code == WSAENOBUFS;
    }
    static constexpr bool isSendAgain(int code) noexcept { return code == WSAEINTR; }
    static constexpr bool isOutOfResources(int code) noexcept {
        return code == WSAEMFILE || code == WSAENOBUFS || code == WSA_NOT_ENOUGH_MEMORY;
    }
    /// WSAENOTCONN is Wine's, whose accept() asks for the address of a client that is gone.
    static constexpr bool isLostClient(int code) noexcept {
        return code == WSAECONNRESET || code == WSAECONNABORTED || code == WSAENETRESET || code == WSAETIMEDOUT ||
               code == WSAENETUNREACH || code == WSAEHOSTUNREACH || code == WSAENOTCONN;
    }

    static int close(NativeHandle handle) noexcept { return ::closesocket(handle); }

    /// A new socket: non-blocking, and not inherited by child processes.
    static NativeHandle open(int family, int type) noexcept {
        if (const int reason = startWinsock()) {
            ::WSASetLastError(reason);
            return invalidHandle;
        }
        return prepared(::WSASocketW(family, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
    }

    /// A child that is started between the two calls inherits the connection; nothing can be done about it.
    static NativeHandle accept(NativeHandle listener, ::sockaddr* peer, Length* length) noexcept {
        const NativeHandle accepted = ::accept(listener, peer, length);
        if (isSet(accepted)) {
            ::SetHandleInformation(reinterpret_cast<HANDLE>(accepted), HANDLE_FLAG_INHERIT, 0);
        }
        return prepared(accepted);
    }

    /// Takes the handle over: closed on failure.
    static NativeHandle prepared(NativeHandle handle) noexcept {
        if (!isSet(handle) || setNonBlocking(handle, true) == 0) {
            return handle;
        }
        const int reason = lastError();
        ::closesocket(handle);
        ::WSASetLastError(reason);
        return invalidHandle;
    }

    static int setNonBlocking(NativeHandle handle, bool on) noexcept {
        u_long value = on ? 1 : 0;
        return ::ioctlsocket(handle, static_cast<long>(FIONBIO), &value);
    }

    static int bind(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        return ::bind(handle, address, length);
    }
    /// TCP cuts a backlog to 200, unless it is given in the form of a hint: below zero.
    static int listen(NativeHandle handle, int backlog) noexcept {
        ::sockaddr_storage address{};
        Length length = sizeof address;
        const bool isTcp = localAddress(handle, reinterpret_cast<::sockaddr*>(&address), &length) == 0 &&
                           (address.ss_family == AF_INET || address.ss_family == AF_INET6);
        const bool hints = isTcp && backlog > 200;
        return ::listen(handle, !hints ? backlog : backlog < 65535 ? -backlog : -65535);
    }
    static int connect(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        return ::connect(handle, address, length);
    }
    static int localAddress(NativeHandle handle, ::sockaddr* address, Length* length) noexcept {
        return ::getsockname(handle, address, length);
    }
    static int remoteAddress(NativeHandle handle, ::sockaddr* address, Length* length) noexcept {
        return ::getpeername(handle, address, length);
    }
    static int shutdownSend(NativeHandle handle) noexcept { return ::shutdown(handle, SD_SEND); }
    static int shutdownRecv(NativeHandle handle) noexcept { return ::shutdown(handle, SD_RECEIVE); }

    static std::ptrdiff_t send(NativeHandle handle, const void* bytes, std::size_t size) noexcept {
        return ::send(handle, static_cast<const char*>(bytes), static_cast<int>(size), 0);
    }
    static std::ptrdiff_t recv(NativeHandle handle, void* bytes, std::size_t size) noexcept {
        return ::recv(handle, static_cast<char*>(bytes), static_cast<int>(size), 0);
    }

    static int setOption(NativeHandle handle, int level, int option, int value) noexcept {
        return ::setsockopt(handle, level, option, reinterpret_cast<const char*>(&value), sizeof value);
    }
    /// Some options are a single byte.
    static int getOption(NativeHandle handle, int level, int option, int& value) noexcept {
        Length length = sizeof value;
        value = 0;
        return ::getsockopt(handle, level, option, reinterpret_cast<char*>(&value), &length);
    }

    /// Here a port in TIME_WAIT can be had without asking, but anyone could listen beside us who claims it as is usual
    /// elsewhere (SO_REUSEADDR): this keeps them out, and has to be said before the port is bound.
    static int claimPort(NativeHandle handle) noexcept { return setOption(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1); }
    static constexpr bool claimsPickedPortLate = false;

    /// There is nothing like it.
    static int sharePort(NativeHandle /*handle*/) noexcept {
        ::WSASetLastError(optionUnsupported);
        return -1;
    }

    static int resetOnClose(NativeHandle handle) noexcept {
        const ::linger none{1, 0};
        return ::setsockopt(handle, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&none), sizeof none);
    }

    /// Waits until one socket can be read or accepted from. 1, or 0 when the time is over.
    static int waitReadable(NativeHandle handle, int milliseconds) noexcept {
        ::WSAPOLLFD entry{handle, POLLRDNORM, 0};
        return ::WSAPoll(&entry, 1, milliseconds);
    }

    /// What stands at a path. A socket is a reparse point with a tag of its own; when it was made tells it from another.
    static FileIdentity identify(const char* path) noexcept {
        constexpr DWORD socketTag = 0x8000'0023; // IO_REPARSE_TAG_AF_UNIX
        ::WIN32_FIND_DATAW found{};
        const HANDLE search = ::FindFirstFileW(WidePath(path).text, &found);
        if (search == INVALID_HANDLE_VALUE) {
            return {isMissing(lastError()) ? FileIdentity::Kind::none : FileIdentity::Kind::other};
        }
        ::FindClose(search);
        const bool isSocket =
            (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 && found.dwReserved0 == socketTag;
        return {isSocket ? FileIdentity::Kind::socket : FileIdentity::Kind::other, 0, number(found.ftCreationTime),
                static_cast<long long>(number(found.ftLastWriteTime))};
    }
    static int removeFile(const char* path) noexcept { return ::DeleteFileW(WidePath(path).text) != 0 ? 0 : -1; }

private:
    /// AF_UNIX takes a path in UTF-8. One that is none leads nowhere.
    struct WidePath {
        explicit WidePath(const char* path) noexcept {
            if (::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, text, UNIX_PATH_MAX) == 0) {
                text[0] = L'\0';
            }
        }
        wchar_t text[UNIX_PATH_MAX];
    };

    static unsigned long long number(const ::FILETIME& time) noexcept {
        return static_cast<unsigned long long>(time.dwHighDateTime) << 32U | time.dwLowDateTime;
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
