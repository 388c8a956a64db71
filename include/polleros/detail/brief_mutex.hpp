// SPDX-License-Identifier: MIT
// A mutex that costs next to nothing while nobody else wants it, and how threads sleep until something has changed.
#pragma once

#include <polleros/config.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Those who sleep until something is so. Whoever makes it so wakes them afterwards.
class Sleepers {
public:
    Sleepers() noexcept = default;
    Sleepers(const Sleepers&) = delete;
    Sleepers& operator=(const Sleepers&) = delete;
    /// Who has woken the last one may not be back yet.
    ~Sleepers() { const std::lock_guard<std::mutex> awake(mutex_); }

    /// Until it is so, which is asked under a mutex: what `wakeOne(change)` does is seen before or after.
    template <class IsSo>
    void await(IsSo isSo) {
        std::unique_lock<std::mutex> awake(mutex_);
        woken_.wait(awake, isSo);
    }
    /// Until it is so, which is asked with `held` locked; whoever changes that holds it.
    template <class Held, class IsSo>
    void await(Held& held, IsSo isSo) {
        while (!isSo()) {
            outside(held, [this](std::unique_lock<std::mutex>& awake) { woken_.wait(awake); });
        }
    }
    /// The same, but not after `end`. Whether it is so.
    template <class Held, class Time, class IsSo>
    [[nodiscard]] bool awaitUntil(Held& held, Time end, IsSo isSo) {
        auto status = std::cv_status::no_timeout;
        while (!isSo()) {
            if (status == std::cv_status::timeout) {
                return false;
            }
            outside(held, [&](std::unique_lock<std::mutex>& awake) { status = woken_.wait_until(awake, end); });
        }
        return true;
    }

    /// Makes it so and wakes one, who may then destroy this.
    template <class Change>
    void wakeOne(Change change) {
        const std::lock_guard<std::mutex> awake(mutex_);
        change();
        woken_.notify_one();
    }
    void wakeOne() noexcept {
        wakeOne([] {});
    }
    void wakeAll() noexcept {
        const std::lock_guard<std::mutex> awake(mutex_);
        woken_.notify_all();
    }

private:
    /// Whoever takes `held` meanwhile finds this thread asleep.
    template <class Held, class Sleep>
    void outside(Held& held, Sleep sleep) {
        struct TakeBack { // whatever ends the sleep: where threads can be cancelled, that does
            Held& held;
            ~TakeBack() { held.lock(); }
        };
        const TakeBack takeBack{held};
        std::unique_lock<std::mutex> awake(mutex_);
        held.unlock();
        sleep(awake);
    }

    std::mutex mutex_;
    std::condition_variable woken_;
};

/// A mutex as steps, each of which is one atomic instruction. They are what the tests enumerate in every order.
class BriefState {
public:
    /// True if it was free, and is the caller's now.
    [[nodiscard]] POLLEROS_ALWAYS_INLINE bool take() noexcept {
        return replace(State::free, State::taken, std::memory_order_acquire);
    }
    /// True if it is free now. Else it is still the caller's: somebody may sleep, and has to be woken.
    [[nodiscard]] POLLEROS_ALWAYS_INLINE bool give() noexcept {
        return replace(State::taken, State::free, std::memory_order_release);
    }
    /// The same, by one who sleeps otherwise: whoever has it must wake one.
    [[nodiscard]] bool takeOrWant() noexcept {
        return state_.exchange(State::wanted, std::memory_order_acquire) == State::free;
    }
    /// After a `give()` that was false: it is free now, and one is to be woken.
    void giveWanted() noexcept { state_.store(State::free, std::memory_order_release); }

private:
    enum class State : std::uint32_t { free, taken, wanted };

    [[nodiscard]] POLLEROS_ALWAYS_INLINE bool replace(State from, State to, std::memory_order order) noexcept {
        return state_.compare_exchange_strong(from, to, order, std::memory_order_relaxed);
    }

    std::atomic<State> state_{State::free};
};

/// For what is short, frequent, and rarely wanted by two at once. Inlined it is an instruction for each half; std::mutex is
/// a call and some thirty more. Like that one it may be destroyed by who has taken it last.
class BriefMutex {
public:
    POLLEROS_ALWAYS_INLINE void lock() noexcept {
        if (!state_.take()) [[unlikely]] {
            await();
        }
    }
    POLLEROS_ALWAYS_INLINE void unlock() noexcept {
        if (!state_.give()) [[unlikely]] {
            pass();
        }
    }

private:
    POLLEROS_NEVER_INLINE void await() noexcept {
        for (int time = 0; time < tries; ++time) {
            if (state_.take()) {
                return;
            }
        }
        sleepers_.await([this] { return state_.takeOrWant(); });
    }
    POLLEROS_NEVER_INLINE void pass() noexcept {
        sleepers_.wakeOne([this] { state_.giveWanted(); });
    }

    /// It is held for less than two switches of threads take (measured: a change beside a waiter, 1.2 us instead of 1.5).
    static constexpr int tries = 100;

    BriefState state_;
    Sleepers sleepers_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
