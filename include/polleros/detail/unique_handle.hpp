// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/handle.hpp>

#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Owns a descriptor and closes it through the seam.
template <class Sys>
class UniqueHandle {
public:
    UniqueHandle() noexcept = default;
    explicit UniqueHandle(NativeHandle handle) noexcept : handle_(handle) {}
    UniqueHandle(UniqueHandle&& other) noexcept : handle_(std::exchange(other.handle_, invalidHandle)) {}
    UniqueHandle& operator=(UniqueHandle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~UniqueHandle() {
        if (isSet(handle_)) {
            Sys::close(handle_);
        }
    }

    [[nodiscard]] NativeHandle get() const noexcept { return handle_; }
    /// Owns it no more.
    void release() noexcept { handle_ = invalidHandle; }
    [[nodiscard]] explicit operator bool() const noexcept { return isSet(handle_); }

private:
    NativeHandle handle_ = invalidHandle;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
