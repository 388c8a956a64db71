// SPDX-License-Identifier: MIT
/// @file
/// Endpoints to and from the system's own addresses.
#pragma once

#include <polleros/detail/net_os.hpp>
#include <polleros/net/endpoint.hpp>

#include <cstddef>
#include <cstring>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

struct EndpointAccess {
    static net::Endpoint local(std::string_view name, bool isAbstract) noexcept {
        net::Endpoint endpoint;
        endpoint.setName(name.substr(0, sizeof endpoint.bytes_), isAbstract);
        return endpoint;
    }
};

inline constexpr std::size_t localNameAt = offsetof(::sockaddr_un, sun_path);
static_assert(sizeof(::sockaddr_storage) > sizeof(::sockaddr_un), "no room for a zero behind the longest path");
static_assert(net::Endpoint::maxLocalName < sizeof(::sockaddr_un::sun_path), "this system has shorter AF_UNIX paths");

/// An address as the system wants it.
class RawAddress {
public:
    /// Room for whatever the system will tell.
    RawAddress() noexcept : length_(sizeof storage_) { std::memset(&storage_, 0, sizeof storage_); }

    /// Length 0 if this system has no such address.
    explicit RawAddress(const net::Endpoint& endpoint) noexcept : RawAddress() {
        length_ = 0;
        const auto octets = endpoint.octets();
        if (endpoint.family() == net::Family::ip4) {
            ::sockaddr_in ip{};
            ip.sin_family = AF_INET;
            ip.sin_port = toNetwork(endpoint.port());
            std::memcpy(&ip.sin_addr, octets.data(), 4);
            store(ip, sizeof ip);
        } else if (endpoint.family() == net::Family::ip6) {
            ::sockaddr_in6 ip{};
            ip.sin6_family = AF_INET6;
            ip.sin6_port = toNetwork(endpoint.port());
            ip.sin6_scope_id = endpoint.scope();
            std::memcpy(&ip.sin6_addr, octets.data(), 16);
            store(ip, sizeof ip);
        } else if (endpoint.isLocal() && (!endpoint.isAbstract() || hasAbstractNames)) {
            // An abstract name has a zero in front and none behind, a path the other way round: the same length.
            ::sockaddr_un local{};
            local.sun_family = AF_UNIX;
            const std::string_view name = endpoint.name();
            const std::size_t room = sizeof local.sun_path - (endpoint.isAbstract() ? 1 : 0);
            const std::size_t size = name.size() < room ? name.size() : room;
            std::memcpy(local.sun_path + (endpoint.isAbstract() ? 1 : 0), name.data(), size);
            store(local, name.empty() ? localNameAt : localNameAt + (size < sizeof local.sun_path ? size + 1 : size));
        }
    }

    [[nodiscard]] net::Endpoint endpoint() const noexcept {
        if (storage_.ss_family == AF_INET && size() >= sizeof(::sockaddr_in)) {
            const auto ip = load<::sockaddr_in>();
            std::array<std::uint8_t, 4> octets{};
            std::memcpy(octets.data(), &ip.sin_addr, octets.size());
            return net::Endpoint::ip4(octets, toNetwork(ip.sin_port));
        }
        if (storage_.ss_family == AF_INET6 && size() >= sizeof(::sockaddr_in6)) {
            const auto ip = load<::sockaddr_in6>();
            std::array<std::uint8_t, 16> octets{};
            std::memcpy(octets.data(), &ip.sin6_addr, octets.size());
            return net::Endpoint::ip6(octets, toNetwork(ip.sin6_port), ip.sin6_scope_id);
        }
        // macOS tells no address at all for an unnamed AF_UNIX socket, or a short one of zeros.
        if (storage_.ss_family == AF_UNIX || length_ == 0) {
            return localEndpoint();
        }
        return {};
    }

    /// A local endpoint's path, with its zero behind.
    [[nodiscard]] const char* path() const noexcept { return reinterpret_cast<const char*>(&storage_) + localNameAt; }
    [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
    [[nodiscard]] ::sockaddr* data() noexcept { return reinterpret_cast<::sockaddr*>(&storage_); }
    [[nodiscard]] const ::sockaddr* data() const noexcept { return reinterpret_cast<const ::sockaddr*>(&storage_); }
    [[nodiscard]] NetCalls::Length& length() noexcept { return length_; }
    [[nodiscard]] NetCalls::Length length() const noexcept { return length_; }
    [[nodiscard]] explicit operator bool() const noexcept { return length_ != 0; }

private:
#if defined(__linux__)
    static constexpr bool hasAbstractNames = true;
#else
    static constexpr bool hasAbstractNames = false;
#endif

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(length_); }

    /// Both ways: swapping two octets, or not, is its own reverse.
    [[nodiscard]] static std::uint16_t toNetwork(std::uint16_t port) noexcept { return htons(port); }

    template <class Address>
    void store(const Address& address, std::size_t length) noexcept {
        static_assert(sizeof address <= sizeof storage_);
        std::memcpy(&storage_, &address, sizeof address);
        length_ = static_cast<NetCalls::Length>(length);
    }

    template <class Address>
    [[nodiscard]] Address load() const noexcept {
        Address address{};
        std::memcpy(&address, &storage_, sizeof address);
        return address;
    }

    [[nodiscard]] net::Endpoint localEndpoint() const noexcept {
        const auto local = load<::sockaddr_un>();
        const std::size_t told = size() > localNameAt ? size() - localNameAt : 0;
        const std::string_view path(local.sun_path, told < sizeof local.sun_path ? told : sizeof local.sun_path);
        if (hasAbstractNames && path.size() > 1 && path[0] == '\0') {
            return EndpointAccess::local(path.substr(1), true);
        }
        return EndpointAccess::local(path.substr(0, path.find('\0')), false);
    }

    ::sockaddr_storage storage_;
    NetCalls::Length length_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
