// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/os_calls.hpp>
#include <polleros/detail/unique_handle.hpp>
#include <polleros/error.hpp>
#include <polleros/interest.hpp>
#include <polleros/options.hpp>

#include <cerrno>
#include <cstring>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Wakes through one datagram socket on loopback that is connected to itself, and so hears nobody else. A datagram that
/// is lost for want of room is no loss: others are there, unread.
template <class Sys>
class SocketWake {
public:
    SocketWake(const Options& /*there is no pipe*/, std::error_code& ec) noexcept {
        ec = open(ip4());
        if (ec && (ec.value() == WSAEAFNOSUPPORT || ec.value() == WSAEADDRNOTAVAIL)) { // a machine without IPv4
            ec = open(ip6());
        }
    }

    [[nodiscard]] NativeHandle handle() const noexcept { return socket_.get(); }
    [[nodiscard]] Interest interest() const noexcept { return InterestFlag::read; }

    void signal() noexcept {
        const int before = errno;
        const int lastError = Sys::lastError();
        const char byte = 0;
        int sent = 0;
        do {
            sent = Sys::send(socket_.get(), &byte, 1);
        } while (sent != 1 && Sys::lastError() == WSAEINTR);
        POLLEROS_ASSERT(sent == 1 || isFull(Sys::lastError()), "a wake could not be sent");
        Sys::setLastError(lastError);
        errno = before;
    }

    void drain() noexcept {
        char bytes[16];
        while (Sys::recv(socket_.get(), bytes, sizeof bytes) >= 0 || Sys::lastError() == WSAEINTR) {
        }
    }

private:
    struct Address {
        ::sockaddr_storage bytes;
        int length;

        [[nodiscard]] ::sockaddr* get() noexcept { return reinterpret_cast<::sockaddr*>(&bytes); }
        [[nodiscard]] friend bool operator==(const Address& a, const Address& b) noexcept {
            return a.length == b.length && std::memcmp(&a.bytes, &b.bytes, static_cast<std::size_t>(a.length)) == 0;
        }
    };

    template <class Ip>
    [[nodiscard]] static Address address(const Ip& ip) noexcept {
        Address made{};
        made.length = sizeof ip;
        std::memcpy(&made.bytes, &ip, sizeof ip);
        return made;
    }
    [[nodiscard]] static Address ip4() noexcept {
        ::sockaddr_in ip{};
        ip.sin_family = AF_INET;
        ip.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address(ip);
    }
    [[nodiscard]] static Address ip6() noexcept {
        ::sockaddr_in6 ip{};
        ip.sin6_family = AF_INET6;
        ip.sin6_addr.s6_addr[15] = 1;
        return address(ip);
    }

    [[nodiscard]] std::error_code open(Address loopback) noexcept {
        socket_ = UniqueHandle<Sys>(Sys::openDatagram(loopback.bytes.ss_family));
        Address here{};
        here.length = sizeof here.bytes;
        Address peer = here;
        const NativeHandle handle = socket_.get();
        const bool done = socket_ && Sys::bind(handle, loopback.get(), loopback.length) == 0 &&
                          Sys::localAddress(handle, here.get(), &here.length) == 0 &&
                          Sys::connect(handle, here.get(), here.length) == 0 &&
                          Sys::remoteAddress(handle, peer.get(), &peer.length) == 0;
        if (!done) {
            return systemError(Sys::lastError());
        }
        return peer == here ? std::error_code{} : systemError(WSAEADDRNOTAVAIL);
    }

    [[nodiscard]] static bool isFull(int code) noexcept { return code == WSAEWOULDBLOCK || code == WSAENOBUFS; }

    UniqueHandle<Sys> socket_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
