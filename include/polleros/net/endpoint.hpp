// SPDX-License-Identifier: MIT
/// @file
/// Endpoint: where a socket is or goes. IPv4 and IPv6 with a port, or AF_UNIX by path or (Linux) by abstract name.
///
/// ```cpp
/// auto web = polleros::net::Endpoint::parse("127.0.0.1:8080");
/// auto any = polleros::net::Endpoint::any6(8080);
/// std::error_code ec;
/// auto given = polleros::net::Endpoint::parse(argv[1], ec);   // "[::1]:80", "unix:/run/app.sock", "unix:@app"
/// ```
///
/// To print one to a stream include `<polleros/net/endpoint_io.hpp>`.
#pragma once

#include <polleros/detail/net_text.hpp>
#include <polleros/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {
struct EndpointAccess;
}
/// @endcond

namespace net {

/// What kind of address an Endpoint is.
enum class Family : std::uint8_t {
    none,  ///< no address: a default-made Endpoint, or one of a kind this library does not know
    ip4,   ///< IPv4 and a port
    ip6,   ///< IPv6, a scope and a port
    local, ///< AF_UNIX: a path, an abstract name, or unnamed
};

/// An address, as a value: copied, compared and hashed freely, from any thread; needs no memory and no system call,
/// and never resolves a name. It has its own layout and not the system's, so it is the same everywhere.
class Endpoint {
public:
    /// The longest path: the room that the operating system has in a `sockaddr_un`, less its final zero. An abstract
    /// name may be as long, for it has a zero in front.
#if defined(__linux__) || defined(_WIN32)
    static constexpr std::size_t maxLocalName = 108 - 1;
#else
    static constexpr std::size_t maxLocalName = 104 - 1;
#endif

    /// No address.
    constexpr Endpoint() noexcept = default;

    /// An IPv4 address by its four numbers.
    [[nodiscard]] static constexpr Endpoint ip4(std::array<std::uint8_t, 4> octets, std::uint16_t port) noexcept {
        return Endpoint(Family::ip4, octets.data(), octets.size(), port, 0);
    }
    /// An IPv6 address by its sixteen octets. The scope is the interface's index for link-local addresses (fe80::),
    /// else 0.
    [[nodiscard]] static constexpr Endpoint ip6(std::array<std::uint8_t, 16> octets, std::uint16_t port,
                                                std::uint32_t scope = 0) noexcept {
        return Endpoint(Family::ip6, octets.data(), octets.size(), port, scope);
    }

    /// 127.0.0.1. Port 0 to listen on: any free one, see `localEndpoint()`.
    [[nodiscard]] static constexpr Endpoint loopback4(std::uint16_t port) noexcept { return ip4({127, 0, 0, 1}, port); }
    /// ::1
    [[nodiscard]] static constexpr Endpoint loopback6(std::uint16_t port) noexcept {
        return ip6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port);
    }
    /// 0.0.0.0: to listen on all interfaces. (To connect to it means loopback on Linux only.)
    [[nodiscard]] static constexpr Endpoint any4(std::uint16_t port) noexcept { return ip4({}, port); }
    /// The same of IPv6; of IPv4 as well only if `TcpListenOptions::v6Only` is false.
    [[nodiscard]] static constexpr Endpoint any6(std::uint16_t port) noexcept { return ip6({}, port); }

    /// An AF_UNIX path, kept as it is given: a relative one means the directory that is current when it is used.
    ///
    /// Errors: invalid_argument, it is empty or contains a zero; filename_too_long, see `maxLocalName` (macOS and BSD
    /// have less room than Linux: keep paths under 100 bytes).
    [[nodiscard]] static Endpoint local(std::string_view path, std::error_code& ec) noexcept {
        return named(path, false, path.empty() || path.find('\0') != std::string_view::npos, ec);
    }
    /// An abstract AF_UNIX name: no file, and gone with the socket. Any bytes; given without the zero in front. Anyone
    /// on the machine can connect to it, and anyone can have taken it before: there are no permissions.
    ///
    /// Errors: invalid_argument, it is empty; filename_too_long. Not portable: using one elsewhere than on Linux is
    /// address_family_not_supported.
    [[nodiscard]] static Endpoint abstract(std::string_view name, std::error_code& ec) noexcept {
        return named(name, true, name.empty(), ec);
    }

    /// Reads what `toString()` writes: "127.0.0.1:80", "[::1]:80", "[fe80::1%2]:80", "unix:/path", "unix:@name".
    /// Numbers only, and strictly: a host name, an interface's name, a missing port and leading zeros are errors. An
    /// address without a port is not an endpoint; port 0 may be said.
    ///
    /// Errors: invalid_argument; filename_too_long.
    [[nodiscard]] static Endpoint parse(std::string_view text, std::error_code& ec) noexcept {
        if (text.substr(0, 5) == "unix:") {
            text.remove_prefix(5);
            return !text.empty() && text[0] == '@' ? abstract(text.substr(1), ec) : local(text, ec);
        }
        detail::IpText ip;
        if (!detail::parseIpEndpoint(text, ip)) {
            ec = std::make_error_code(std::errc::invalid_argument);
            return {};
        }
        ec = {};
        return Endpoint(ip.isIp6 ? Family::ip6 : Family::ip4, ip.octets, ip.isIp6 ? 16 : 4, ip.port, ip.scope);
    }

#if POLLEROS_EXCEPTIONS
    /// The same; throws std::system_error.
    [[nodiscard]] static Endpoint local(std::string_view path) {
        std::error_code ec;
        const Endpoint made = local(path, ec);
        detail::throwIf(ec, "polleros: local endpoint");
        return made;
    }
    /// The same; throws std::system_error.
    [[nodiscard]] static Endpoint abstract(std::string_view name) {
        std::error_code ec;
        const Endpoint made = abstract(name, ec);
        detail::throwIf(ec, "polleros: abstract endpoint");
        return made;
    }
    /// The same; throws std::system_error.
    [[nodiscard]] static Endpoint parse(std::string_view text) {
        std::error_code ec;
        const Endpoint made = parse(text, ec);
        detail::throwIf(ec, "polleros: parse endpoint");
        return made;
    }
#endif

    [[nodiscard]] constexpr Family family() const noexcept { return family_; }                  ///< its kind
    [[nodiscard]] constexpr bool isLocal() const noexcept { return family_ == Family::local; }  ///< AF_UNIX
    [[nodiscard]] constexpr bool isAbstract() const noexcept { return isLocal() && abstract_; } ///< without a file
    [[nodiscard]] constexpr std::uint16_t port() const noexcept { return port_; }               ///< 0 if it has none
    [[nodiscard]] constexpr std::uint32_t scope() const noexcept { return scope_; }             ///< of ip6, else 0
    /// IPv4 or IPv6: has octets and a port.
    [[nodiscard]] constexpr bool isIp() const noexcept { return family_ == Family::ip4 || family_ == Family::ip6; }

    /// The address's octets: four of an IPv4, sixteen of an IPv6 address, the others are zero.
    [[nodiscard]] constexpr std::array<std::uint8_t, 16> octets() const noexcept {
        std::array<std::uint8_t, 16> copy{};
        for (std::size_t index = 0; isIp() && index < copy.size(); ++index) {
            copy[index] = static_cast<std::uint8_t>(bytes_[index]);
        }
        return copy;
    }
    /// A local endpoint's path or abstract name, a view into this object. Empty: unnamed, which is what the client's
    /// end of an AF_UNIX connection and both ends of a socketPair() are.
    [[nodiscard]] constexpr std::string_view name() const noexcept {
        return isLocal() ? std::string_view(bytes_, length_) : std::string_view();
    }

    /// The same address with another port.
    [[nodiscard]] constexpr Endpoint withPort(std::uint16_t port) const noexcept {
        Endpoint copy = *this;
        copy.port_ = isIp() ? port : std::uint16_t{0};
        return copy;
    }

    /// As text, in the one form that RFC 5952 asks for; `parse()` reads it back. Empty for no address, "unix:" for an
    /// unnamed one, which are not read back. A path that begins with '@' is written as "./@...". Bytes of a name are
    /// written as they are. Throws only if memory is short.
    [[nodiscard]] std::string toString() const {
        const detail::AddressText text = format();
        return {text.bytes, text.size};
    }

    /// Equal in kind, address, scope, port and name. Names are compared as bytes: different paths may lead to one file.
    friend constexpr bool operator==(const Endpoint&, const Endpoint&) noexcept = default;

    /// For hash tables: equal endpoints have equal hashes. `std::hash` uses it, so the standard's tables take
    /// endpoints.
    [[nodiscard]] constexpr std::size_t hash() const noexcept {
        std::uint64_t sum =
            (std::uint64_t{scope_} << 24U | std::uint64_t{port_} << 8U | static_cast<unsigned>(family_)) + 1;
        for (std::size_t index = 0; index < length_; ++index) {
            sum = (sum ^ static_cast<unsigned char>(bytes_[index])) * 0x9E37'79B9'7F4A'7C15U;
            sum ^= sum >> 29U; // the multiplication only carries upwards
        }
        return static_cast<std::size_t>(sum ^ sum >> 32U);
    }

    /// @cond INTERNAL
    [[nodiscard]] constexpr detail::AddressText format() const noexcept {
        detail::AddressText text;
        if (isIp()) {
            detail::IpText ip{family_ == Family::ip6, {}, port_, scope_};
            for (std::size_t index = 0; index < length_; ++index) {
                ip.octets[index] = static_cast<std::uint8_t>(bytes_[index]);
            }
            detail::formatIpEndpoint(ip, text);
        } else if (isLocal()) {
            text.put(abstract_ ? "unix:@" : length_ != 0 && bytes_[0] == '@' ? "unix:./" : "unix:");
            text.put(name());
        }
        return text;
    }
    /// @endcond

private:
    friend detail::EndpointAccess;

    constexpr Endpoint(Family family, const std::uint8_t* octets, std::size_t count, std::uint16_t port,
                       std::uint32_t scope) noexcept
        : family_(family), length_(static_cast<std::uint8_t>(count)), port_(port), scope_(scope) {
        for (std::size_t index = 0; index < count; ++index) {
            bytes_[index] = static_cast<char>(octets[index]);
        }
    }

    [[nodiscard]] static Endpoint named(std::string_view name, bool isAbstract, bool isInvalid,
                                        std::error_code& ec) noexcept {
        if (isInvalid || name.size() > maxLocalName) {
            ec = std::make_error_code(isInvalid ? std::errc::invalid_argument : std::errc::filename_too_long);
            return {};
        }
        ec = {};
        Endpoint made;
        made.setName(name, isAbstract);
        return made;
    }

    constexpr void setName(std::string_view name, bool isAbstract) noexcept {
        family_ = Family::local;
        abstract_ = isAbstract;
        length_ = static_cast<std::uint8_t>(name.size());
        name.copy(bytes_, name.size());
    }

    Family family_ = Family::none;
    bool abstract_ = false;
    std::uint8_t length_ = 0;
    std::uint16_t port_ = 0;
    std::uint32_t scope_ = 0;
    char bytes_[108] = {}; // one more than maxLocalName: Linux may report a path without its final zero
};

} // namespace net

POLLEROS_NAMESPACE_END

/// @cond INTERNAL
template <>
struct std::hash<polleros::net::Endpoint> {
    [[nodiscard]] std::size_t operator()(const polleros::net::Endpoint& endpoint) const noexcept {
        return endpoint.hash();
    }
};
/// @endcond
