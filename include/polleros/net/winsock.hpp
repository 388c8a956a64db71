// SPDX-License-Identifier: MIT
/// @file
/// WinsockSession: Winsock, started for as long as it lives. On other systems there is nothing to start, and this is
/// an empty object, so that a `main()` may be the same everywhere.
///
/// ```cpp
/// int main() {
///     polleros::net::WinsockSession winsock;   // before the first socket() of one's own
/// ```
///
/// Who makes all sockets with this library needs none: whatever here makes a socket, a poller's waker included, starts
/// Winsock itself, once, until the process ends. Who brings sockets of his own has started it already.
#pragma once

#include <polleros/error.hpp>

#if defined(_WIN32)
#include <polleros/detail/windows_headers.hpp>
#endif

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// Owns one start of Winsock 2.2; Windows counts them, and any number may live at once. Neither copied nor moved.
/// Threads: any may make one.
class WinsockSession {
public:
    /// Starts Winsock. Errors: WSASYSNOTREADY, WSAVERNOTSUPPORTED, WSAEPROCLIM: Windows has no network, or an old one.
    explicit WinsockSession([[maybe_unused]] std::error_code& ec) noexcept {
        ec.clear();
#if defined(_WIN32)
        ::WSADATA ignored;
        const int reason = ::WSAStartup(MAKEWORD(2, 2), &ignored);
        started_ = reason == 0;
        ec = detail::systemError(reason);
#endif
    }

#if POLLEROS_EXCEPTIONS
    /// The same; throws std::system_error.
    WinsockSession() : WinsockSession(std::error_code()) {}
#endif

    WinsockSession(const WinsockSession&) = delete;
    WinsockSession& operator=(const WinsockSession&) = delete;

    /// Sockets that are still open after the last session has ended are closed by Windows, unless this library has
    /// started it as well.
    ~WinsockSession() {
#if defined(_WIN32)
        if (started_) {
            ::WSACleanup();
        }
#endif
    }

private:
#if POLLEROS_EXCEPTIONS
    explicit WinsockSession(std::error_code&& ec) : WinsockSession(ec) { detail::throwIf(ec, "polleros: Winsock"); }
#endif
#if defined(_WIN32)
    bool started_ = false;
#endif
};

} // namespace net

POLLEROS_NAMESPACE_END
