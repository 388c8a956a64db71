// SPDX-License-Identifier: MIT
/// @file
/// Two connected TCP sockets over loopback, for systems without socketpair(); over the seam.
#pragma once

#include <polleros/detail/net_tcp.hpp>
#include <polleros/net/accept.hpp>
#include <polleros/net/options.hpp>
#include <polleros/timeout.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct LoopbackPair {
    net::Socket first;
    net::Socket second;
};

/// Anyone on the machine may connect to our listener before we do. So the accepted socket must be the other end of
/// *this* client: no two connections have the same two endpoints, and the client's are known. Strangers are reset.
template <class Calls>
[[nodiscard]] net::Socket acceptFrom(const net::Socket& listener, const net::Endpoint& client, TimePoint until,
                                     std::error_code& ec) noexcept {
    for (;;) {
        net::Endpoint peer;
        net::AcceptResult result = accept<Calls>(listener.nativeHandle(), &peer);
        if (result && peer == client) {
            ec = {};
            return std::move(result.socket);
        }
        if (result.outOfResources() || result.failed()) {
            ec = result.error;
            return {};
        }
        if (result) {
            static_cast<void>(Calls::resetOnClose(result.socket.nativeHandle()));
        }
        // Looked at in every round: strangers who keep coming must not keep us here.
        const Timeout left(until);
        if (left.remaining(Calls::now()).count() == 0) {
            ec = systemError(Calls::timedOut);
            return {};
        }
        if (result.wouldBlock() &&
            Calls::waitReadable(listener.nativeHandle(), left.toMilliseconds(Calls::now())) < 0 &&
            !Calls::isInterrupted(Calls::lastError())) {
            ec = netError<Calls>();
            return {};
        }
    }
}

template <class Calls>
[[nodiscard]] LoopbackPair loopbackPairOn(const net::Endpoint& any, TimePoint until, std::error_code& ec) noexcept {
    LoopbackPair pair;
    const net::Socket listener = listenTcp<Calls>(any, {16, false, true}, ec);
    if (ec) {
        return pair;
    }
    const net::Endpoint server = askEndpoint<Calls>(listener.nativeHandle(), &Calls::localAddress, ec);
    if (ec) {
        return pair;
    }
    net::Socket client = connectTcp<Calls>(server, ec).socket;
    if (ec) {
        return pair;
    }
    const net::Endpoint here = askEndpoint<Calls>(client.nativeHandle(), &Calls::localAddress, ec);
    if (ec) {
        return pair;
    }
    net::Socket accepted = acceptFrom<Calls>(listener, here, until, ec);
    if (ec) {
        return pair;
    }
    // The listener was ours from bind to here, so this can only fail if the connection broke meanwhile.
    const net::Endpoint there = askEndpoint<Calls>(client.nativeHandle(), &Calls::remoteAddress, ec);
    if (!ec && there != server) {
        ec = systemError(Calls::connectionRefused);
    }
    for (const net::Socket* socket : {&client, &accepted}) {
        if (!ec) {
            ec = checked<Calls>(Calls::setOption(socket->nativeHandle(), IPPROTO_TCP, TCP_NODELAY, 1));
        }
    }
    if (!ec) {
        pair = {std::move(client), std::move(accepted)};
    }
    return pair;
}

template <class Calls>
[[nodiscard]] LoopbackPair loopbackPair(Timeout limit, std::error_code& ec) noexcept {
    const TimePoint until = limit.deadline(Calls::now());
    LoopbackPair pair = loopbackPairOn<Calls>(net::Endpoint::loopback4(0), until, ec);
    if (ec && Calls::isFamilyMissing(ec.value())) {
        pair = loopbackPairOn<Calls>(net::Endpoint::loopback6(0), until, ec);
    }
    return pair;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
