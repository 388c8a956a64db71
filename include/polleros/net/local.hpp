// SPDX-License-Identifier: MIT
/// @file
/// AF_UNIX stream sockets: listenLocal() and connectLocal(), by path or (Linux) by abstract name. Includes what one
/// does with the result: accept(), send() and recv(), and the options.
///
/// ```cpp
/// using namespace polleros::net;
/// const Endpoint where = Endpoint::local("/run/app.sock");   // or Endpoint::parse("unix:@app")
/// Socket listener = listenLocal(where);
/// std::error_code ec;
/// auto [socket, established] = connectLocal(where, ec);
/// if (ec == std::errc::resource_unavailable_try_again) { ... }   // the server is busy: try again later
/// ```
///
/// Nothing here blocks or sleeps. Wine has no AF_UNIX, nor has Windows before 10.1803: EAFNOSUPPORT.
#pragma once

#include <polleros/detail/net_local.hpp>
#include <polleros/net/accept.hpp>
#include <polleros/net/connect_result.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/io.hpp>
#include <polleros/net/options.hpp>
#include <polleros/net/socket.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// How to listen. `listenLocal(endpoint, {.backlog = 16})`
struct LocalListenOptions {
    /// How many clients may wait to be accepted; systems cut it to a limit of their own (Linux makes one more of it).
    /// Unlike with TCP, a client that finds it full is told at once.
    int backlog = 4096;

    /// A path left behind by a listener that is gone is used again. False: any file there is EADDRINUSE.
    bool replaceStale = true;
};

/// A socket that listens, non-blocking and close-on-exec.
///
/// A path becomes a file, and closing the socket does not remove it: `removeLocal()` does, and after a crash nobody
/// does. So a socket file on which nobody listens, which a connection attempt shows, is replaced. One that somebody
/// listens on is EADDRINUSE (that server sees a client who leaves at once), and so is any other kind of file, a
/// symbolic link included: it is never removed. Who may connect is decided by the directory's permissions and, on
/// Linux, by the file's (the umask); abstract names have neither.
///
/// Two servers that start at the same moment over one stale file can both find it stale, and the later one then
/// removes the file of the earlier: systems have no "replace if it is stale". If that can happen, hold a lock (flock(2)
/// on a file beside it) from before listening until you exit.
///
/// Threads: any, with different paths.
///
/// Errors; nothing is left open, nor a file behind:
/// - EADDRINUSE: somebody listens there, or it is no socket, or `replaceStale` is false.
/// - EACCES, EPERM, EROFS: no permission to make the file there, or to remove the stale one.
/// - ENOENT, ENOTDIR, ELOOP: the directory is missing.
/// - EINVAL: an unnamed endpoint. EAFNOSUPPORT: not a local one, or an abstract name elsewhere than on Linux.
/// - EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC: out of descriptors, memory or room.
[[nodiscard]] inline Socket listenLocal(const Endpoint& endpoint, const LocalListenOptions& options,
                                        std::error_code& ec) noexcept {
    return detail::listenLocal<detail::NetCalls>(endpoint, options.backlog, options.replaceStale, ec);
}
/// The same with the default options.
[[nodiscard]] inline Socket listenLocal(const Endpoint& endpoint, std::error_code& ec) noexcept {
    return listenLocal(endpoint, LocalListenOptions{}, ec);
}

/// Connects, on all known systems at once (`established`), though the server may accept much later. Never blocks.
///
/// Threads: any.
///
/// Errors; nothing is left open:
/// - EAGAIN: the server's backlog is full, on Linux. That is **not** "in progress": nothing was begun, no socket is
///   returned, nothing would ever be reported. Call again later, from a deadline say. BSD and macOS say ECONNREFUSED.
/// - ECONNREFUSED: nobody listens: a stale file, or a server between bind and listen.
/// - ENOENT, ENOTDIR, ELOOP: no such file. EACCES: no permission. ENOTSOCK (Linux: ECONNREFUSED): no socket file.
/// - EPROTOTYPE: a socket of another type. EINVAL: an unnamed endpoint.
/// - EAFNOSUPPORT: not a local endpoint, or an abstract name elsewhere than on Linux.
/// - EMFILE, ENFILE, ENOBUFS, ENOMEM: out of descriptors or memory.
[[nodiscard]] inline ConnectResult connectLocal(const Endpoint& endpoint, std::error_code& ec) noexcept {
    return detail::connectLocal<detail::NetCalls>(endpoint, ec);
}

/// Removes a listener's file, before or after the socket is closed: what a server does last. Removes sockets only;
/// a file that is missing already, and an abstract name, are no error.
///
/// Threads: any. Errors: ENOTSOCK, another kind of file, or one that cannot be looked at. EACCES, EPERM, EROFS: no
/// permission. EINVAL, EAFNOSUPPORT: as above.
[[nodiscard]] inline std::error_code removeLocal(const Endpoint& endpoint) noexcept {
    return detail::removeLocal<detail::NetCalls>(endpoint);
}

#if POLLEROS_EXCEPTIONS
/// The same; throws std::system_error.
[[nodiscard]] inline Socket listenLocal(const Endpoint& endpoint, const LocalListenOptions& options = {}) {
    std::error_code ec;
    Socket listener = listenLocal(endpoint, options, ec);
    detail::throwIf(ec, "polleros: listenLocal");
    return listener;
}
/// The same; throws std::system_error. A full backlog as well: who expects one wants the other form.
[[nodiscard]] inline ConnectResult connectLocal(const Endpoint& endpoint) {
    std::error_code ec;
    ConnectResult result = connectLocal(endpoint, ec);
    detail::throwIf(ec, "polleros: connectLocal");
    return result;
}
#endif

} // namespace net

POLLEROS_NAMESPACE_END
