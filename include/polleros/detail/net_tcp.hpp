// SPDX-License-Identifier: MIT
/// @file
/// The algorithms of tcp.hpp and local.hpp that both need, over the seam.
#pragma once

#include <polleros/detail/net_address.hpp>
#include <polleros/net/connect_result.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A new stream socket for an address; a family that this system lacks, or no address, is EAFNOSUPPORT.
template <class Calls>
[[nodiscard]] net::Socket openFor(const RawAddress& address, std::error_code& ec) noexcept {
    if (!address) {
        ec = systemError(Calls::familyUnsupported);
        return {};
    }
    net::Socket socket = net::Socket::adopt(Calls::open(address.family(), SOCK_STREAM));
    ec = socket ? std::error_code{} : netError<Calls>();
    return socket;
}

/// Which try again is worth it is the caller's to say.
template <class Calls>
[[nodiscard]] net::ConnectResult connectOnce(const RawAddress& address, std::error_code& ec) noexcept {
    net::ConnectResult result{openFor<Calls>(address, ec)};
    if (ec) {
        return result;
    }
    result.established = Calls::connect(result.socket.nativeHandle(), address.data(), address.length()) == 0;
    if (!result.established && !Calls::isInProgress(Calls::lastError())) {
        ec = netError<Calls>();
        result.socket = net::Socket();
    }
    return result;
}

struct TcpListen {
    int backlog;
    bool reusePort;
    bool v6Only;
};

template <class Calls>
[[nodiscard]] net::Socket listenTcpOnce(const net::Endpoint& endpoint, const TcpListen& options,
                                        std::error_code& ec) noexcept {
    const RawAddress address(endpoint);
    net::Socket socket = openFor<Calls>(address, ec);
    if (ec) {
        return socket;
    }
    const NativeHandle handle = socket.nativeHandle();
    const bool isIp6 = endpoint.family() == net::Family::ip6;
    const bool claimsLate = endpoint.port() == 0 && Calls::claimsPickedPortLate;
    const bool isSet = (!isIp6 || Calls::setOption(handle, IPPROTO_IPV6, IPV6_V6ONLY, options.v6Only ? 1 : 0) == 0) &&
                       (claimsLate || Calls::claimPort(handle) == 0) &&
                       (!options.reusePort || Calls::sharePort(handle) == 0);
    const bool isBound = isSet && Calls::bind(handle, address.data(), address.length()) == 0 &&
                         (!claimsLate || Calls::claimPort(handle) == 0);
    const bool listens = isBound && Calls::listen(handle, options.backlog) == 0;
    ec = listens ? std::error_code{} : netError<Calls>();
    if (ec) {
        socket = net::Socket();
    }
    return socket;
}

template <class Calls>
[[nodiscard]] net::Socket listenTcp(const net::Endpoint& endpoint, const TcpListen& options,
                                    std::error_code& ec) noexcept {
    if (!endpoint.isIp()) {
        ec = systemError(Calls::familyUnsupported);
        return {};
    }
    net::Socket socket;
    for (int tries = 0; tries < mostTries; ++tries) {
        socket = listenTcpOnce<Calls>(endpoint, options, ec);
        const bool churn = endpoint.port() == 0 && Calls::isInUse(ec.value());
        if (!ec || !(churn || Calls::isInterrupted(ec.value()))) {
            break;
        }
    }
    return socket;
}

/// On a machine's own addresses the port picked for the client can be the one it connects to. Nobody needs to listen
/// there then: the connection is one with itself (simultaneous open), echoes what is sent, and keeps the real server
/// from starting. A client that reconnects in a loop gets there sooner or later.
template <class Calls>
[[nodiscard]] bool isConnectedToItself(const net::Socket& socket, const net::Endpoint& endpoint) noexcept {
    RawAddress address;
    return Calls::localAddress(socket.nativeHandle(), address.data(), &address.length()) == 0 &&
           address.endpoint().port() == endpoint.port() && address.endpoint().octets() == endpoint.octets();
}

template <class Calls>
[[nodiscard]] net::ConnectResult connectTcp(const net::Endpoint& endpoint, std::error_code& ec) noexcept {
    if (!endpoint.isIp()) {
        ec = systemError(Calls::familyUnsupported);
        return {};
    }
    const RawAddress address(endpoint);
    net::ConnectResult result;
    for (int tries = 0; tries < mostTries; ++tries) {
        result = connectOnce<Calls>(address, ec);
        if (ec && Calls::isPortChurn(ec.value())) {
            continue;
        }
        if (ec || !isConnectedToItself<Calls>(result.socket, endpoint)) {
            return result;
        }
        static_cast<void>(Calls::resetOnClose(result.socket.nativeHandle())); // no TIME_WAIT on the server's port
        result = net::ConnectResult();
        ec = systemError(Calls::connectionRefused); // nobody else listened
    }
    return result;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
