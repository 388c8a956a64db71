// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>

#include <atomic>
#include <cstdint>

#if !defined(_WIN32)
#include <pthread.h>
#endif

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// How many forks lie between the first process and this one. Costs a load; getpid() would be a system call per wait.
class ForkCount {
public:
    [[nodiscard]] static std::uint32_t current() noexcept { return count_.load(std::memory_order_relaxed); }

    /// Begins to count. What was forked before has no pollers.
    static void watch() noexcept {
#if !defined(_WIN32)
        [[maybe_unused]] static const int registered =
            ::pthread_atfork(nullptr, nullptr, [] { count_.fetch_add(1, std::memory_order_relaxed); });
#endif
    }

private:
    static inline std::atomic<std::uint32_t> count_{0};
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
