// SPDX-License-Identifier: MIT
/// @file
/// What the codes of each system mean, asked by number: what a standard library takes a code of Windows to be equal to
/// differs from one to the next.
#pragma once

#include <polleros/config.hpp>

#include <system_error>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// What the library tells apart.
enum class Meaning : unsigned char { other, exists, closed, unwaitable, missing, noMemory, noRoom, interrupted };

[[nodiscard]] inline std::error_code systemError(int code) noexcept {
    return {code, std::system_category()};
}

/// A code of errno's, for those who speak in them on every system. On Windows they are not the system's.
[[nodiscard]] inline std::error_code errnoError(int code) noexcept {
#if defined(_WIN32)
    return {code, std::generic_category()};
#else
    return systemError(code);
#endif
}

/// The two above as one number, which fits into 15 bits and is 0 for no error, and back.
[[nodiscard]] inline int packedError(const std::error_code& ec) noexcept {
#if defined(_WIN32)
    return ec && ec.category() == std::generic_category() ? ec.value() | 0x4000 : ec.value();
#else
    return ec.value();
#endif
}
[[nodiscard]] inline std::error_code unpackedError(int packed) noexcept {
#if defined(_WIN32)
    return (packed & 0x4000) != 0 ? errnoError(packed & 0x3FFF) : systemError(packed);
#else
    return systemError(packed);
#endif
}

#if defined(_WIN32)
[[nodiscard]] constexpr Meaning meaningOnWindows(int code) noexcept {
    switch (code) {
    case 80:  // ERROR_FILE_EXISTS
    case 183: // ERROR_ALREADY_EXISTS
        return Meaning::exists;
    case 6:     // ERROR_INVALID_HANDLE
    case 10009: // WSAEBADF
        return Meaning::closed;
    case 1:     // ERROR_INVALID_FUNCTION, of a device that is no socket
    case 50:    // ERROR_NOT_SUPPORTED
    case 87:    // ERROR_INVALID_PARAMETER
    case 10022: // WSAEINVAL
    case 10038: // WSAENOTSOCK
    case 10045: // WSAEOPNOTSUPP
        return Meaning::unwaitable;
    case 2:    // ERROR_FILE_NOT_FOUND
    case 3:    // ERROR_PATH_NOT_FOUND
    case 1168: // ERROR_NOT_FOUND
        return Meaning::missing;
    case 8:     // ERROR_NOT_ENOUGH_MEMORY
    case 14:    // ERROR_OUTOFMEMORY
    case 1455:  // ERROR_COMMITMENT_LIMIT
    case 10055: // WSAENOBUFS
        return Meaning::noMemory;
    case 1450: // ERROR_NO_SYSTEM_RESOURCES
    case 1453: // ERROR_WORKING_SET_QUOTA
    case 1816: // ERROR_NOT_ENOUGH_QUOTA
        return Meaning::noRoom;
    case 10004: // WSAEINTR
        return Meaning::interrupted;
    default: return Meaning::other;
    }
}
#endif

/// The one place where a code is compared.
[[nodiscard]] inline Meaning meaningOf(const std::error_code& ec) noexcept {
#if defined(_WIN32)
    if (ec.category() == std::system_category()) {
        return meaningOnWindows(ec.value());
    }
#endif
    const auto is = [&](std::errc condition) { return ec == std::make_error_condition(condition); };
    if (is(std::errc::file_exists)) {
        return Meaning::exists;
    }
    if (is(std::errc::bad_file_descriptor)) {
        return Meaning::closed;
    }
    // What a kqueue says of devices without support for it is every one of the last four, by system and device.
    if (is(std::errc::operation_not_permitted) || is(std::errc::invalid_argument) ||
        is(std::errc::too_many_symbolic_link_levels) || is(std::errc::not_a_socket) || is(std::errc::no_such_device) ||
        is(std::errc::not_supported) || is(std::errc::operation_not_supported) ||
        is(std::errc::inappropriate_io_control_operation)) {
        return Meaning::unwaitable;
    }
    if (is(std::errc::no_such_file_or_directory)) {
        return Meaning::missing;
    }
    if (is(std::errc::not_enough_memory)) {
        return Meaning::noMemory;
    }
    if (is(std::errc::no_space_on_device)) {
        return Meaning::noRoom;
    }
    return is(std::errc::interrupted) ? Meaning::interrupted : Meaning::other;
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
