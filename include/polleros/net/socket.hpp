// SPDX-License-Identifier: MIT
/// @file
/// Socket and Descriptor: owners of a handle, which know that a handle's number is no identity.
///
/// ```cpp
/// class Connection {
/// public:
///     const polleros::net::Socket& handle() const noexcept { return socket_; }   // all a source needs to say
///     ...
/// private:
///     polleros::net::Socket socket_;
/// };
/// ```
#pragma once

#include <polleros/detail/net_os.hpp>
#include <polleros/error.hpp>
#include <polleros/handle.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {

inline constinit std::atomic<std::uint32_t> lastHandleVersion{0};

/// Never 0, which means "a bare number": skipped when the counter wraps.
[[nodiscard]] inline std::uint32_t drawHandleVersion() noexcept {
    std::uint32_t drawn = 0;
    while (drawn == 0) {
        drawn = lastHandleVersion.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    return drawn;
}

/// The code of the call that just failed.
template <class Calls = NetCalls>
[[nodiscard]] std::error_code netError() noexcept {
    return systemError(Calls::lastError());
}

} // namespace detail
/// @endcond

/// Sockets and non-blocking input and output on them: enough for a reactor, not a network library.
///
/// Errors are called by their names on POSIX systems. Those of Windows have the same names with WSA in front and numbers
/// of their own; some standard libraries (libstdc++ 12) do not know them to be equal to any `std::errc`.
namespace net {

/// Owns one handle, and closes it. Moves, does not copy.
///
/// Beside the number it keeps a **version**, drawn from a process-wide counter when a handle is adopted and carried
/// along by moves. The system gives a closed handle's number to the next one opened; number and version together, a
/// HandleRef, are never the same for two of them (until 2^32 were adopted). A source that returns its Socket from
/// `handle()` is therefore right about a connection it replaced, even if the new one got the same number.
///
/// A shared library that hides its symbols has a counter of its own: there, do not compare the versions of sockets
/// that different libraries adopted.
///
/// Different objects may be used from different threads at once; one object as any value: many readers or one writer.
/// All functions take constant time; only `close()`, assignment and the destructor make a system call.
///
/// `Kind` says what is owned; write `Socket` or `Descriptor`.
template <class Kind>
class OwningHandle {
public:
    OwningHandle() noexcept = default; ///< owns nothing

    /// What is moved from owns nothing any more: number -1, version 0.
    OwningHandle(OwningHandle&& other) noexcept : ref_(std::exchange(other.ref_, HandleRef{})) {}

    /// Closes what is owned so far, ignoring errors as the destructor does. Moving to itself changes nothing.
    OwningHandle& operator=(OwningHandle&& other) noexcept {
        OwningHandle moved(std::move(other));
        swap(*this, moved);
        return *this;
    }

    /// Closes, and ignores errors: who wants to know them calls `close()` first.
    ~OwningHandle() {
        if (isSet(ref_)) {
            Kind::close(ref_.number);
        }
    }

    /// Takes over a handle that something else opened, and draws a version. It is taken as it is: a poller wants it
    /// non-blocking, see `nonBlocking()`, and SIGPIPE on macOS is switched off per socket, when *this library* opens
    /// it. A handle that is not set gives an empty object, with version 0.
    [[nodiscard]] static OwningHandle adopt(NativeHandle handle) noexcept {
        OwningHandle owner;
        if (isSet(handle)) {
            owner.ref_ = HandleRef(handle, detail::drawHandleVersion());
        }
        return owner;
    }

    [[nodiscard]] NativeHandle nativeHandle() const noexcept { return ref_.number; } ///< for system calls; still owned
    [[nodiscard]] std::uint32_t version() const noexcept { return ref_.version; }    ///< 0 if and only if empty
    [[nodiscard]] explicit operator bool() const noexcept { return isSet(ref_); }    ///< whether anything is owned

    /// What a poller knows a handle by. Implicit, so that a source's `handle()` may return the owner itself.
    operator HandleRef() const noexcept { return ref_; }

    /// Gives the handle away without closing it. Delete its channel first if its new owner will not outlive it.
    [[nodiscard]] NativeHandle release() noexcept { return std::exchange(ref_, HandleRef{}).number; }

    /// Closes now. Afterwards nothing is owned, whatever is reported; closing nothing is no error.
    ///
    /// A poller's channel should be deleted before: a kernel forgets a registration by itself only with the last
    /// duplicate of the handle.
    ///
    /// Errors:
    /// - EBADF: somebody else closed it. Look for a double close: it may hit an innocent handle next time.
    /// - EIO, ENOSPC, EDQUOT: a Descriptor's file system could not write. Sockets report nothing of the kind; what
    ///   became of unsent bytes is not to be learnt here.
    ///
    /// EINTR is none: on Linux, the BSDs and macOS the handle is closed then, and closing again would be the bug above.
    [[nodiscard]] std::error_code close() noexcept {
        const NativeHandle handle = release();
        if (!isSet(handle) || Kind::close(handle) == 0) {
            return {};
        }
        const int reason = detail::NetCalls::lastError();
        return detail::NetCalls::isInterrupted(reason) ? std::error_code{} : detail::systemError(reason);
    }

    /// Exchanges what two objects own, versions included.
    friend void swap(OwningHandle& a, OwningHandle& b) noexcept { std::swap(a.ref_, b.ref_); }

private:
    HandleRef ref_;
};

/// @cond INTERNAL
struct SocketKind {
    static int close(NativeHandle handle) noexcept { return detail::NetCalls::close(handle); }
};
#if !defined(_WIN32)
struct DescriptorKind {
    static int close(NativeHandle handle) noexcept { return ::close(handle); }
};
#endif
/// @endcond

/// A socket. All functions of net/ that make one make it non-blocking and close-on-exec.
using Socket = OwningHandle<SocketKind>;

#if !defined(_WIN32)
/// A POSIX file descriptor that is no socket: the end of a pipe, an eventfd, a timerfd. A type of its own, because it
/// is read and written and a Socket is received from and sent to. Not on Windows, where none can be waited for.
using Descriptor = OwningHandle<DescriptorKind>;
#endif

} // namespace net

POLLEROS_NAMESPACE_END
