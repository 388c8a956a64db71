// SPDX-License-Identifier: MIT
/// @file
/// SocketSource: the ready-made source, a handle and a wanted set. The first program needs no class of its own.
#pragma once

#include <polleros/source.hpp>

POLLEROS_NAMESPACE_BEGIN

/// A handle that somebody else owns, and what to wait for on it. Its intent is local. Also a good listener beside
/// connections that have a class of their own: `OneOf<SocketSource, Connection>`.
class SocketSource {
public:
    static constexpr bool intentIsLocal = true; ///< changes only through want() and rebind()

    SocketSource(HandleRef handle, Triggers wanted) noexcept : handle_(handle), wanted_(wanted) {} ///< both at once

    [[nodiscard]] HandleRef handle() const noexcept { return handle_; }  ///< what is waited for
    [[nodiscard]] Triggers triggers() const noexcept { return wanted_; } ///< what it is waited for

    void want(Triggers wanted) noexcept { wanted_ = wanted; }    ///< from the next wait on
    void rebind(HandleRef handle) noexcept { handle_ = handle; } ///< another handle, from the next wait on

private:
    HandleRef handle_;
    Triggers wanted_;
};

POLLEROS_NAMESPACE_END
