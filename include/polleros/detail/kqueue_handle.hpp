// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/fork_count.hpp>
#include <polleros/detail/unique_handle.hpp>

#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Owns the descriptor of a kqueue. A forked child does not inherit it: there the number is nobody's or somebody
/// else's, and must not be closed.
template <class Sys>
class KqueueHandle {
public:
    KqueueHandle() noexcept = default;
    explicit KqueueHandle(NativeHandle queue) noexcept : queue_(queue), forks_(ForkCount::current()) {
        ForkCount::watch();
    }
    KqueueHandle(KqueueHandle&&) noexcept = default;
    KqueueHandle& operator=(KqueueHandle&& other) noexcept {
        std::swap(queue_, other.queue_);
        std::swap(forks_, other.forks_);
        return *this;
    }
    ~KqueueHandle() {
        if (isForked()) {
            queue_.release();
        }
    }

    [[nodiscard]] NativeHandle get() const noexcept { return queue_.get(); }
    [[nodiscard]] bool isForked() const noexcept { return forks_ != ForkCount::current(); }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(queue_); }

private:
    UniqueHandle<Sys> queue_;
    std::uint32_t forks_ = 0;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
