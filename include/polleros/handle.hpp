// SPDX-License-Identifier: MIT
/// @file
/// NativeHandle: what the operating system calls a source of events, `int` on POSIX systems and `SOCKET` on Windows;
/// and HandleRef: a handle that can be told from a later one with the same number.
#pragma once

#include <polleros/config.hpp>

#include <cstdint>

POLLEROS_NAMESPACE_BEGIN

#if defined(_WIN32)
using NativeHandle = std::uintptr_t; ///< a `SOCKET`, spelled so that no system header is needed
#else
using NativeHandle = int; ///< a file descriptor
#endif

/// No handle (yet): -1, which on Windows is INVALID_SOCKET.
inline constexpr NativeHandle invalidHandle = static_cast<NativeHandle>(-1);

/// True if `handle` could be one, false for "none yet". Says nothing about whether it is open.
[[nodiscard]] constexpr bool isSet(NativeHandle handle) noexcept {
#if defined(_WIN32)
    return handle != invalidHandle;
#else
    return handle >= 0;
#endif
}

/// A handle and its version. The system hands out a closed handle's number again at once, so a number alone is no
/// identity: two HandleRefs are equal only if both members are. `net::Socket` draws a new version whenever it adopts
/// a handle; a bare number has version 0, and its owner says `channel.handleReplaced()` when it is another one.
struct HandleRef {
    NativeHandle number = invalidHandle;
    std::uint32_t version = 0;

    constexpr HandleRef() noexcept = default;
    constexpr HandleRef(NativeHandle handle, std::uint32_t drawn = 0) noexcept : number(handle), version(drawn) {}

    friend constexpr bool operator==(const HandleRef& a, const HandleRef& b) noexcept {
        return ((a.number ^ b.number) | static_cast<NativeHandle>(a.version ^ b.version)) == 0; // one branch
    }
};

/// True if `handle` could be one, false for "none yet".
[[nodiscard]] constexpr bool isSet(const HandleRef& handle) noexcept {
    return isSet(handle.number);
}

POLLEROS_NAMESPACE_END
