// SPDX-License-Identifier: MIT
/// @file
/// The seam below net/ on POSIX systems; see `net_os.hpp`.
#pragma once

#include <polleros/detail/file_identity.hpp>
#include <polleros/handle.hpp>
#include <polleros/timeout.hpp>

#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct NetCalls {
    using Length = ::socklen_t;

    static constexpr int timedOut = ETIMEDOUT;
    static constexpr int connectionRefused = ECONNREFUSED;
    static constexpr int familyUnsupported = EAFNOSUPPORT;
    static constexpr int invalid = EINVAL;
    static constexpr int notASocket = ENOTSOCK;
    static constexpr int optionUnsupported = ENOPROTOOPT;

    static TimePoint now() noexcept { return std::chrono::time_point_cast<std::chrono::nanoseconds>(Clock::now()); }
    static int lastError() noexcept { return errno; }

    static_assert(EAGAIN == EWOULDBLOCK, "this system needs both in isWouldBlock");
    static constexpr bool isWouldBlock(int code) noexcept { return code == EAGAIN; }
    static constexpr bool isInterrupted(int code) noexcept { return code == EINTR; }
    static constexpr bool isInUse(int code) noexcept { return code == EADDRINUSE; }
    static constexpr bool isRefused(int code) noexcept { return code == ECONNREFUSED; }
    static constexpr bool isMissing(int code) noexcept { return code == ENOENT; }
    static constexpr bool isUnsupported(int code) noexcept { return code == EOPNOTSUPP; }
    static constexpr bool isFamilyMissing(int code) noexcept { return code == EAFNOSUPPORT || code == EADDRNOTAVAIL; }

    /// EINTR too: an interrupted connect goes on by itself, and asking again would only be EALREADY.
    static constexpr bool isInProgress(int code) noexcept { return code == EINPROGRESS || code == EINTR; }
    /// What connect says when the local port it picked was taken meanwhile.
    static constexpr bool isPortChurn(int code) noexcept { return code == EADDRNOTAVAIL || code == EADDRINUSE; }
    /// macOS says EPROTOTYPE while the other side is closing, and the real reason when asked again.
    static constexpr bool isSendAgain(int code) noexcept {
#if defined(__APPLE__)
        return code == EINTR || code == EPROTOTYPE;
#else
        return code == EINTR;
#endif
    }
    static constexpr bool isOutOfResources(int code) noexcept {
        return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
    }
    /// The client was lost between its connect and our accept. Linux hands over network errors of the new connection
    /// that were pending already, see accept(2).
    static constexpr bool isLostClient(int code) noexcept {
        switch (code) {
        case ECONNABORTED:
        case ECONNRESET:
        case EPROTO:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENOPROTOOPT:
        case ETIMEDOUT:
#if defined(ENONET)
        case ENONET:
#endif
            return true;
        default: return false;
        }
    }

    static int close(NativeHandle handle) noexcept { return ::close(handle); }

    /// A new socket: non-blocking, close-on-exec, without SIGPIPE.
    static NativeHandle open(int family, int type) noexcept {
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
        return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
        return prepared(::socket(family, type, 0));
#endif
    }

    static NativeHandle accept(NativeHandle listener, ::sockaddr* peer, Length* length) noexcept {
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
        return ::accept4(listener, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
        const NativeHandle accepted = ::accept(listener, peer, length);
        if (!isSet(accepted)) {
            return invalidHandle;
        }
        const NativeHandle ready = prepared(accepted);
        if (!isSet(ready) && errno == EINVAL) {
            errno = ECONNABORTED; // macOS refuses options on a connection that was reset already
        }
        return ready;
#endif
    }

    /// Two connected sockets.
    static int pair(NativeHandle (&ends)[2]) noexcept {
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
        return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
#else
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
            return -1;
        }
        ends[0] = prepared(ends[0]);
        if (isSet(ends[0])) {
            ends[1] = prepared(ends[1]);
            if (isSet(ends[1])) {
                return 0;
            }
        }
        const int reason = errno;
        for (const NativeHandle end : ends) {
            if (isSet(end)) {
                ::close(end);
            }
        }
        errno = reason;
        return -1;
#endif
    }

    /// What `open` does at once where the system can, one call at a time. Takes the handle over: closed on failure.
    /// A fork between two of the calls leaks the socket into the child; nothing can be done about it there.
    static NativeHandle prepared(NativeHandle handle) noexcept {
        if (!isSet(handle)) {
            return invalidHandle;
        }
        if (::fcntl(handle, F_SETFD, FD_CLOEXEC) != -1 && setNonBlocking(handle, true) == 0 &&
            silencePipe(handle) == 0) {
            return handle;
        }
        const int reason = errno;
        ::close(handle);
        errno = reason;
        return invalidHandle;
    }

    static int setNonBlocking(NativeHandle handle, bool on) noexcept {
        const int flags = ::fcntl(handle, F_GETFL);
        if (flags == -1) {
            return -1;
        }
        const int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
        return wanted == flags || ::fcntl(handle, F_SETFL, wanted) != -1 ? 0 : -1;
    }

    /// No SIGPIPE, on systems where that belongs to the socket and not to the call.
    static int silencePipe([[maybe_unused]] NativeHandle handle) noexcept {
#if defined(__APPLE__)
        return setOption(handle, SOL_SOCKET, SO_NOSIGPIPE, 1);
#else
        return 0;
#endif
    }

    static int bind(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        return ::bind(handle, address, length);
    }
    static int listen(NativeHandle handle, int backlog) noexcept { return ::listen(handle, backlog); }
    static int connect(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        return ::connect(handle, address, length);
    }
    static int localAddress(NativeHandle handle, ::sockaddr* address, Length* length) noexcept {
        return ::getsockname(handle, address, length);
    }
    static int remoteAddress(NativeHandle handle, ::sockaddr* address, Length* length) noexcept {
        return ::getpeername(handle, address, length);
    }
    static int shutdownSend(NativeHandle handle) noexcept { return ::shutdown(handle, SHUT_WR); }
    static int shutdownRecv(NativeHandle handle) noexcept { return ::shutdown(handle, SHUT_RD); }

    static std::ptrdiff_t send(NativeHandle handle, const void* bytes, std::size_t size) noexcept {
#if defined(__APPLE__)
        return ::send(handle, bytes, size, 0);
#else
        return ::send(handle, bytes, size, MSG_NOSIGNAL);
#endif
    }
    static std::ptrdiff_t recv(NativeHandle handle, void* bytes, std::size_t size) noexcept {
        return ::recv(handle, bytes, size, 0);
    }

    static int setOption(NativeHandle handle, int level, int option, int value) noexcept {
        return ::setsockopt(handle, level, option, &value, sizeof value);
    }
    static int getOption(NativeHandle handle, int level, int option, int& value) noexcept {
        Length length = sizeof value;
        return ::getsockopt(handle, level, option, &value, &length);
    }

    /// Lets a listener have its port back although connections of its predecessor linger in TIME_WAIT.
    static int claimPort(NativeHandle handle) noexcept { return setOption(handle, SOL_SOCKET, SO_REUSEADDR, 1); }

    /// Claimed before a port is picked, Linux may pick one whose other users claim it too, and then refuse to listen on
    /// it. Never claimed, nobody could listen on it again while connections linger. So: after.
    static constexpr bool claimsPickedPortLate = true;

    /// Lets several listeners share a port, and the kernel spread the clients where it can.
    static int sharePort([[maybe_unused]] NativeHandle handle) noexcept {
#if defined(SO_REUSEPORT_LB)
        return setOption(handle, SOL_SOCKET, SO_REUSEPORT_LB, 1);
#elif defined(SO_REUSEPORT)
        return setOption(handle, SOL_SOCKET, SO_REUSEPORT, 1);
#else
        errno = optionUnsupported;
        return -1;
#endif
    }

    /// Closing will reset. macOS answers EINVAL once the peer is gone: nothing is left to be reset then.
    static int resetOnClose(NativeHandle handle) noexcept {
        const ::linger none{1, 0};
        const int result = ::setsockopt(handle, SOL_SOCKET, SO_LINGER, &none, sizeof none);
#if defined(__APPLE__)
        return result != 0 && errno == EINVAL ? 0 : result;
#else
        return result;
#endif
    }

    /// Waits until one socket can be read or accepted from. 1, or 0 when the time is over.
    static int waitReadable(NativeHandle handle, int milliseconds) noexcept {
        ::pollfd entry{handle, POLLIN, 0};
        return ::poll(&entry, 1, milliseconds);
    }

    /// What stands at a path. A symbolic link is itself, not what it points at: we would remove the link.
    static FileIdentity identify(const char* path) noexcept {
        struct ::stat status{};
        if (::lstat(path, &status) != 0) {
            return {errno == ENOENT ? FileIdentity::Kind::none : FileIdentity::Kind::other};
        }
#if defined(__APPLE__)
        const ::timespec changed = status.st_ctimespec;
#else
        const ::timespec changed = status.st_ctim;
#endif
        return {S_ISSOCK(status.st_mode) ? FileIdentity::Kind::socket : FileIdentity::Kind::other,
                static_cast<unsigned long long>(status.st_dev), static_cast<unsigned long long>(status.st_ino),
                static_cast<long long>(changed.tv_sec) * 1'000'000'000 + static_cast<long long>(changed.tv_nsec)};
    }
    static int removeFile(const char* path) noexcept { return ::unlink(path); }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
