// SPDX-License-Identifier: MIT
/// @file
/// Addresses as text, both ways, without the system's help: constexpr, no locale, no allocation, no name resolution.
#pragma once

#include <polleros/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Room for any endpoint's text: the longest is a path of 108 bytes after "unix:./".
struct AddressText {
    char bytes[128] = {};
    std::size_t size = 0;

    constexpr void put(char c) noexcept { bytes[size++] = c; }
    constexpr void put(std::string_view text) noexcept {
        for (const char c : text) {
            put(c);
        }
    }
    constexpr void putNumber(std::uint32_t value, std::uint32_t base = 10) noexcept {
        char digits[10] = {};
        std::size_t count = 0;
        do {
            digits[count++] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        while (count != 0) {
            put(digits[--count]);
        }
    }
};

/// Decimal, at least one digit, no sign, no needless zero in front (some readers would take it for octal).
[[nodiscard]] constexpr bool parseNumber(std::string_view text, std::uint32_t most, std::uint32_t& value) noexcept {
    if (text.empty() || text.size() > 10 || (text.size() > 1 && text[0] == '0')) {
        return false;
    }
    std::uint64_t sum = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return false;
        }
        sum = sum * 10 + static_cast<std::uint64_t>(c - '0');
    }
    value = static_cast<std::uint32_t>(sum);
    return sum <= most;
}

/// Exactly four numbers: the shorter forms that inet_aton takes mean different things to different readers.
[[nodiscard]] constexpr bool parseIp4(std::string_view text, std::uint8_t* octets) noexcept {
    for (int index = 0; index < 4; ++index) {
        const std::size_t end = index < 3 ? text.find('.') : text.size();
        std::uint32_t value = 0;
        if (end == std::string_view::npos || !parseNumber(text.substr(0, end), 255, value)) {
            return false;
        }
        octets[index] = static_cast<std::uint8_t>(value);
        text.remove_prefix(index < 3 ? end + 1 : end);
    }
    return true;
}

constexpr void formatIp4(const std::uint8_t* octets, AddressText& out) noexcept {
    for (int index = 0; index < 4; ++index) {
        if (index != 0) {
            out.put('.');
        }
        out.putNumber(octets[index]);
    }
}

[[nodiscard]] constexpr int hexDigit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// All forms of RFC 4291, without brackets and scope.
[[nodiscard]] constexpr bool parseIp6(std::string_view text, std::uint8_t* octets) noexcept {
    std::uint8_t found[16] = {};
    std::size_t count = 0;              // octets found
    std::size_t gap = sizeof found + 1; // where "::" stands among them
    std::size_t at = 0;
    if (text.substr(0, 2) == "::") {
        gap = 0;
        at = 2;
    }
    while (at < text.size()) {
        if (count == sizeof found) {
            return false;
        }
        const std::size_t start = at;
        unsigned value = 0;
        while (at < text.size() && at - start < 4 && hexDigit(text[at]) >= 0) {
            value = value * 16 + static_cast<unsigned>(hexDigit(text[at++]));
        }
        if (at == start) {
            return false;
        }
        if (at < text.size() && text[at] == '.') {
            if (count > sizeof found - 4 || !parseIp4(text.substr(start), found + count)) {
                return false;
            }
            count += 4;
            break;
        }
        found[count++] = static_cast<std::uint8_t>(value >> 8U);
        found[count++] = static_cast<std::uint8_t>(value & 0xFFU);
        if (at == text.size()) {
            break;
        }
        if (text[at] != ':' || at + 1 == text.size()) {
            return false;
        }
        ++at;
        if (text[at] == ':') {
            if (gap <= sizeof found) {
                return false;
            }
            gap = count;
            ++at;
        }
    }
    const bool hasGap = gap <= sizeof found;
    if (hasGap ? count == sizeof found : count != sizeof found) {
        return false;
    }
    const std::size_t missing = sizeof found - count;
    for (std::size_t index = 0; index < sizeof found; ++index) {
        const bool inGap = hasGap && index >= gap && index < gap + missing;
        octets[index] = inGap ? std::uint8_t{0} : found[hasGap && index >= gap ? index - missing : index];
    }
    return true;
}

/// The one form that RFC 5952 asks for: lower case, the longest run of zero groups as "::", mapped IPv4 as IPv4.
constexpr void formatIp6(const std::uint8_t* octets, AddressText& out) noexcept {
    unsigned groups[8] = {};
    for (std::size_t index = 0; index < 8; ++index) {
        groups[index] = static_cast<unsigned>(octets[2 * index]) << 8U | octets[2 * index + 1];
    }
    std::size_t runStart = 8;
    std::size_t runLength = 1; // a single group is not worth it
    for (std::size_t start = 0; start < 8; ++start) {
        std::size_t end = start;
        while (end < 8 && groups[end] == 0) {
            ++end;
        }
        if (end - start > runLength) {
            runStart = start;
            runLength = end - start;
        }
    }
    if (runStart == 0 && runLength == 5 && groups[5] == 0xFFFF) {
        out.put("::ffff:");
        formatIp4(octets + 12, out);
        return;
    }
    for (std::size_t index = 0; index < 8;) {
        if (index == runStart) {
            out.put("::");
            index += runLength;
            continue;
        }
        out.putNumber(groups[index], 16);
        ++index;
        if (index < 8 && index != runStart) {
            out.put(':');
        }
    }
}

/// An IP endpoint taken apart.
struct IpText {
    bool isIp6 = false;
    std::uint8_t octets[16] = {};
    std::uint16_t port = 0;
    std::uint32_t scope = 0;
};

/// "1.2.3.4:80", "[::1]:80", "[fe80::1%2]:80".
[[nodiscard]] constexpr bool parseIpEndpoint(std::string_view text, IpText& ip) noexcept {
    const std::size_t colon = text.rfind(':');
    std::uint32_t port = 0;
    if (colon == std::string_view::npos || !parseNumber(text.substr(colon + 1), 0xFFFF, port)) {
        return false;
    }
    ip.port = static_cast<std::uint16_t>(port);
    text = text.substr(0, colon);
    ip.isIp6 = !text.empty() && text.front() == '[';
    if (!ip.isIp6) {
        return parseIp4(text, ip.octets);
    }
    if (text.back() != ']') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    const std::size_t percent = text.find('%');
    const bool hasScope = percent != std::string_view::npos;
    return parseIp6(text.substr(0, percent), ip.octets) &&
           (!hasScope || parseNumber(text.substr(percent + 1), 0xFFFF'FFFFU, ip.scope));
}

constexpr void formatIpEndpoint(const IpText& ip, AddressText& out) noexcept {
    if (ip.isIp6) {
        out.put('[');
        formatIp6(ip.octets, out);
        if (ip.scope != 0) {
            out.put('%');
            out.putNumber(ip.scope);
        }
        out.put(']');
    } else {
        formatIp4(ip.octets, out);
    }
    out.put(':');
    out.putNumber(ip.port);
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
