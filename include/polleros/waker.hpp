// SPDX-License-Identifier: MIT
/// @file
/// Waker: ends a wait from any thread, and on POSIX from a signal handler.
///
/// ```cpp
/// polleros::Waker waker = poller.waker();              // on the owner's thread, before the others start
/// std::jthread producer([waker] { mailbox.put(42); waker.wake(); });
/// if (poller.waitTriggers(polleros::Timeout::never()).woken) { drain(mailbox); }
/// ```
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/error.hpp>

#include <atomic>
#include <new>
#include <utility>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {

/// The protocol between any number of threads that wake and the one that waits, as steps on one atomic.
///
/// A wake is one exchange: it publishes what the caller wrote before, and tells whether the owner has announced that it
/// is about to block. Only then a signal is needed. There is no load before it: a load could see an old state, and a
/// wake that is skipped for it would be lost. The steps are what the tests enumerate in every order.
class WakeState {
public:
    /// Any thread. True if the owner must be signalled.
    [[nodiscard]] bool wake() noexcept { return state_.exchange(pending, std::memory_order_acq_rel) == waiting; }

    /// The owner, before it blocks. False if there was a wake: then it must not.
    [[nodiscard]] bool arm() noexcept {
        std::uint32_t expected = idle;
        return state_.compare_exchange_strong(expected, waiting, std::memory_order_acq_rel) || expected == waiting;
    }

    /// The owner, after its wait and after draining the signal. True if there was a wake, which it now reports.
    [[nodiscard]] bool disarm() noexcept { return state_.exchange(idle, std::memory_order_acq_rel) == pending; }

private:
    static constexpr std::uint32_t idle = 0;
    static constexpr std::uint32_t waiting = 1;
    static constexpr std::uint32_t pending = 2;

    std::atomic<std::uint32_t> state_{idle};
};

/// What a poller and all its Wakers share. The last one closes the wake handle, so that no wake ever hits a number that
/// has become somebody else's.
class WakeBlock {
public:
    WakeBlock(const WakeBlock&) = delete;
    WakeBlock& operator=(const WakeBlock&) = delete;

    WakeState state;

    void signal() noexcept { signal_(*this); }
    void wake() noexcept {
        if (state.wake()) {
            signal();
        }
    }
    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            destroy_(*this);
        }
    }

protected:
    using Step = void (*)(WakeBlock&) noexcept;
    WakeBlock(Step signalStep, Step destroyStep) noexcept : signal_(signalStep), destroy_(destroyStep) {}
    ~WakeBlock() = default;

private:
    Step signal_;
    Step destroy_;
    std::atomic<std::uint32_t> references_{1};
};

/// The block of pollers whose backend wakes by a `Signal`.
template <WakeSignal Signal>
class WakeBlockOf final : public WakeBlock {
public:
    /// Null, with the reason, if memory or a handle could not be had.
    [[nodiscard]] static WakeBlockOf* make(const Options& options, std::error_code& ec) noexcept {
        void* const bytes = options.memory.allocate(sizeof(WakeBlockOf), alignof(WakeBlockOf));
        if (bytes == nullptr) {
            ec = errorCode(Errc::outOfMemory);
            return nullptr;
        }
        auto* const block = ::new (bytes) WakeBlockOf(options, ec);
        if (ec) {
            block->release();
            return nullptr;
        }
        return block;
    }

    [[nodiscard]] Signal& signalHandle() noexcept { return signal_; }

private:
    WakeBlockOf(const Options& options, std::error_code& ec) noexcept
        : WakeBlock([](WakeBlock& block) noexcept { static_cast<WakeBlockOf&>(block).signal_.signal(); },
                    [](WakeBlock& block) noexcept {
                        auto& self = static_cast<WakeBlockOf&>(block);
                        const Memory memory = self.memory_;
                        self.~WakeBlockOf();
                        memory.release(&self, sizeof(WakeBlockOf), alignof(WakeBlockOf));
                    }),
          signal_(options, ec),
          memory_(options.memory) {}
    ~WakeBlockOf() = default;

    Signal signal_;
    Memory memory_;
};

} // namespace detail
/// @endcond

/// Wakes one poller. A value: copy it to every thread that needs it. It may outlive the poller; then it does nothing.
class Waker {
public:
    Waker() noexcept = default; ///< wakes nobody
    Waker(const Waker& other) noexcept : block_(other.block_) {
        if (block_ != nullptr) {
            block_->retain();
        }
    }
    Waker(Waker&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    Waker& operator=(Waker other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~Waker() {
        if (block_ != nullptr) {
            block_->release();
        }
    }

    /// Ends the poller's wait, or the next one if it is not waiting. What was written before is seen by the owner when
    /// that wait returns with `woken`. Any number of wakes until then are one.
    ///
    /// - Thread-safe, never blocks, async-signal-safe on POSIX, preserves `errno`, cannot fail.
    /// - One atomic exchange; a system call only if the owner is about to block or blocked, once per wait of its.
    void wake() const noexcept {
        if (block_ != nullptr) {
            block_->wake();
        }
    }

    /// True if it was made by a poller.
    [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }

private:
    template <class, class>
    friend class Poller;

    explicit Waker(detail::WakeBlock& block) noexcept : block_(&block) { block_->retain(); }

    detail::WakeBlock* block_ = nullptr;
};

POLLEROS_NAMESPACE_END
