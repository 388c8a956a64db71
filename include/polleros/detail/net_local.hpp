// SPDX-License-Identifier: MIT
/// @file
/// The algorithms of local.hpp, over the seam.
#pragma once

#include <polleros/detail/net_tcp.hpp>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Unnamed ones are refused here: Linux would make up a name for the listener.
template <class Calls>
[[nodiscard]] std::error_code checkLocal(const net::Endpoint& endpoint) noexcept {
    if (!endpoint.isLocal()) {
        return systemError(Calls::familyUnsupported);
    }
    return endpoint.name().empty() ? systemError(Calls::invalid) : std::error_code{};
}

/// Whether the path is free to be tried again; if not, `ec` says why, or stays as it is: in use.
template <class Calls>
[[nodiscard]] bool removeStaleFile(const RawAddress& address, std::error_code& ec) noexcept {
    const FileIdentity before = Calls::identify(address.path());
    if (before.kind == FileIdentity::Kind::none) {
        return true;
    }
    if (before.kind == FileIdentity::Kind::other) {
        return false;
    }
    std::error_code probed;
    const net::Socket probe = openFor<Calls>(address, probed);
    if (probed) {
        ec = probed;
        return false;
    }
    // Only a refusal means that nobody is there. A full backlog, another type of socket, and no permission do not.
    if (Calls::connect(probe.nativeHandle(), address.data(), address.length()) == 0) {
        return false;
    }
    const int reason = Calls::lastError();
    if (!Calls::isRefused(reason)) {
        return Calls::isMissing(reason);
    }
    // Somebody else may have cleared up and be listening there by now.
    if (Calls::identify(address.path()) != before) {
        return true;
    }
    if (Calls::removeFile(address.path()) == 0 || Calls::isMissing(Calls::lastError())) {
        return true;
    }
    ec = netError<Calls>();
    return false;
}

template <class Calls>
[[nodiscard]] net::Socket listenLocalOnce(const net::Endpoint& endpoint, const RawAddress& address, int backlog,
                                          std::error_code& ec) noexcept {
    net::Socket socket = openFor<Calls>(address, ec);
    if (ec) {
        return socket;
    }
    if (Calls::bind(socket.nativeHandle(), address.data(), address.length()) != 0) {
        ec = netError<Calls>();
    } else if (Calls::listen(socket.nativeHandle(), backlog) != 0) {
        ec = netError<Calls>();
        if (!endpoint.isAbstract()) {
            Calls::removeFile(address.path()); // ours, since bind
        }
    }
    if (ec) {
        socket = net::Socket();
    }
    return socket;
}

template <class Calls>
[[nodiscard]] net::Socket listenLocal(const net::Endpoint& endpoint, int backlog, bool replaceStale,
                                      std::error_code& ec) noexcept {
    ec = checkLocal<Calls>(endpoint);
    if (ec) {
        return {};
    }
    const RawAddress address(endpoint);
    net::Socket socket;
    for (int tries = 0; tries < mostTries; ++tries) {
        socket = listenLocalOnce<Calls>(endpoint, address, backlog, ec);
        if (ec && Calls::isInterrupted(ec.value())) {
            continue;
        }
        if (!ec || !Calls::isInUse(ec.value()) || endpoint.isAbstract() || !replaceStale ||
            !removeStaleFile<Calls>(address, ec)) {
            break;
        }
    }
    return socket;
}

template <class Calls>
[[nodiscard]] net::ConnectResult connectLocal(const net::Endpoint& endpoint, std::error_code& ec) noexcept {
    ec = checkLocal<Calls>(endpoint);
    return ec ? net::ConnectResult{} : connectOnce<Calls>(RawAddress(endpoint), ec);
}

template <class Calls>
[[nodiscard]] std::error_code removeLocal(const net::Endpoint& endpoint) noexcept {
    const std::error_code ec = checkLocal<Calls>(endpoint);
    if (ec || endpoint.isAbstract()) {
        return ec;
    }
    const RawAddress address(endpoint);
    if (Calls::identify(address.path()).kind == FileIdentity::Kind::other) {
        return systemError(Calls::notASocket);
    }
    const bool done = Calls::removeFile(address.path()) == 0 || Calls::isMissing(Calls::lastError());
    return done ? std::error_code{} : netError<Calls>();
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
