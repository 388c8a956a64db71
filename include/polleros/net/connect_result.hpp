// SPDX-License-Identifier: MIT
/// @file
/// ConnectResult: what connectTcp() and connectLocal() return.
#pragma once

#include <polleros/net/socket.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace net {

/// A connection, begun or already made. Not set if connecting failed at once.
struct ConnectResult {
    Socket socket; ///< non-blocking, close-on-exec

    /// True: connected, send at once. False: in progress; ask for `connect`, and when it is reported let `takeError()`
    /// say how it ended. Asking for `connect` is right in both cases, and is reported at once in the first.
    bool established = false;
};

} // namespace net

POLLEROS_NAMESPACE_END
