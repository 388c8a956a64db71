// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>

#include <atomic>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

#if POLLEROS_AUDIT
/// Asserts that calls of different threads do not overlap. Calls from within calls are fine.
class OwnerCheck {
public:
    class Call {
    public:
        explicit Call(OwnerCheck& check) noexcept : check_(check) {
            const void* nobody = nullptr;
            outermost_ = check_.caller_.compare_exchange_strong(nobody, self(), std::memory_order_relaxed);
            POLLEROS_ASSERT(outermost_ || nobody == self(), "two threads use one poller at the same time");
        }
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        ~Call() {
            if (outermost_) {
                check_.caller_.store(nullptr, std::memory_order_relaxed);
            }
        }

    private:
        [[nodiscard]] static const void* self() noexcept {
            static thread_local const char here = 0;
            return &here;
        }

        OwnerCheck& check_;
        bool outermost_;
    };

    [[nodiscard]] Call enter() noexcept { return Call(*this); }

private:
    // Relaxed on purpose: the check must not order what the threads ought to order themselves.
    std::atomic<const void*> caller_{nullptr};
};
#else
class OwnerCheck {
public:
    struct Call {
        ~Call() {} // not trivial, so that an unused variable of it is no warning
    };
    [[nodiscard]] Call enter() noexcept { return {}; }
};
#endif

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
