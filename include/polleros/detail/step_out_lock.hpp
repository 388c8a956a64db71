// SPDX-License-Identifier: MIT
// How other threads change what one of them is waiting for.
#pragma once

#include <polleros/detail/brief_mutex.hpp>
#include <polleros/timeout.hpp>
#include <polleros/waker.hpp>

#include <cstddef>
#include <mutex>
#include <type_traits>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Who may touch a poller, as steps that are taken under a mutex. The steps are what the tests enumerate in every order.
///
/// One waiter at a time is inside: then the poller is its own. A changer that finds one inside announces itself, and the
/// first to do so wakes it. The waiter steps out and comes back only when all who had announced themselves have had their
/// turn. Who comes meanwhile needs no announcement, and is not waited for: so neither can starve the other.
class StepOutState {
public:
    // Changers.
    [[nodiscard]] bool mayChange() const noexcept { return !inside_; }
    /// True if the waiter must be woken.
    [[nodiscard]] bool announce() noexcept { return announced_++ == 0; }
    /// It has its turn. True if the waiter may come back as far as this one is concerned.
    [[nodiscard]] bool beginAnnounced() noexcept { return --announced_ == 0; }

    // Waiters.
    [[nodiscard]] bool mayWait() const noexcept { return !waiting_; }
    void beginWait() noexcept { waiting_ = true; }
    void endWait() noexcept { waiting_ = false; }
    [[nodiscard]] bool mayEnter() const noexcept { return announced_ == 0; }
    void enter() noexcept { inside_ = true; }
    void stepOut() noexcept { inside_ = false; }

private:
    bool waiting_ = false; // somebody has the turn to wait, inside or not
    bool inside_ = false;
    std::size_t announced_ = 0;
};

/// The steps, the mutex, and those who sleep for a turn.
///
/// With nobody else there a change costs an uncontended lock, and a wait two.
class StepOutLock {
public:
    /// What wakes the waiter inside. Before any other call.
    void wakeBy(Waker waker) noexcept { waker_ = std::move(waker); }

    /// For as long as it lives nobody waits inside and nobody else changes anything.
    class Change {
    public:
        POLLEROS_ALWAYS_INLINE explicit Change(StepOutLock& lock) : lock_(lock) {
            lock.mutex_.lock();
            if (!lock.state_.mayChange()) [[unlikely]] {
                isLast_ = lock.awaitTurn();
            }
        }
        Change(const Change&) = delete;
        Change& operator=(const Change&) = delete;
        POLLEROS_ALWAYS_INLINE ~Change() {
            lock_.mutex_.unlock();
            if (isLast_) [[unlikely]] {
                lock_.back_.wakeOne();
            }
        }

    private:
        StepOutLock& lock_;
        bool isLast_ = false;
    };

    /// A turn to wait, of one thread at a time.
    class Wait {
    public:
        /// Sleeps until it is its turn, but no longer than so: see `hasTurn()`.
        Wait(StepOutLock& lock, Timeout timeout) : lock_(lock) {
            lock.mutex_.lock();
            const auto isFree = [&lock] { return lock.state_.mayWait(); };
            hasTurn_ = isFree();
            if (!hasTurn_ && !timeout.isImmediate()) [[unlikely]] {
                ++lock.queued_;
                if (timeout.isNever()) {
                    lock.turn_.await(lock.mutex_, isFree);
                    hasTurn_ = true;
                } else {
                    const TimePoint now = std::chrono::time_point_cast<TimePoint::duration>(Clock::now());
                    hasTurn_ = lock.turn_.awaitUntil(lock.mutex_, timeout.deadline(now), isFree);
                }
                --lock.queued_;
            }
            if (hasTurn_) {
                lock.state_.beginWait();
            }
        }
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        ~Wait() {
            if (hasTurn_) {
                lock_.state_.endWait();
                if (lock_.queued_ != 0) {
                    lock_.turn_.wakeOne();
                }
            }
            lock_.mutex_.unlock();
        }

        [[nodiscard]] bool hasTurn() const noexcept { return hasTurn_; }

        /// Calls `function` inside: without the mutex, and with nobody else there. It ends soon after a wake.
        template <class F>
        void inside(F function) {
            lock_.back_.await(lock_.mutex_, [this] { return lock_.state_.mayEnter(); });
            lock_.state_.enter();
            lock_.mutex_.unlock();
            struct StepOut {
                StepOutLock& lock;
                ~StepOut() {
                    lock.mutex_.lock();
                    lock.state_.stepOut();
                    if (!lock.state_.mayEnter()) {
                        lock.out_.wakeAll();
                    }
                }
            };
            const StepOut stepOut{lock_};
            function();
        }

        /// Calls `function` outside: without the mutex, while others may change what they like.
        template <class F>
        void outside(F function) {
            struct TakeBack {
                BriefMutex& mutex;
                ~TakeBack() { mutex.lock(); }
            };
            lock_.mutex_.unlock();
            const TakeBack takeBack{lock_.mutex_};
            function();
        }

    private:
        StepOutLock& lock_;
        bool hasTurn_ = false;
    };

    /// Calls `function` under the mutex alone, whoever is inside: for what is not touched there. It may take the mutex,
    /// which is held, to sleep on it.
    template <class F>
    auto guarded(F function) {
        const std::lock_guard<BriefMutex> held(mutex_);
        if constexpr (std::is_invocable_v<F&, BriefMutex&>) {
            return function(mutex_);
        } else {
            return function();
        }
    }
    /// Ends what is going on inside, or what will be next.
    void wake() const noexcept { waker_.wake(); }

private:
    /// Of a changer that has the mutex and finds somebody inside. True if the waiter may come back when it is done.
    POLLEROS_NEVER_INLINE bool awaitTurn() {
        if (state_.announce()) {
            waker_.wake();
        }
        out_.await(mutex_, [this] { return state_.mayChange(); });
        return state_.beginAnnounced();
    }

    BriefMutex mutex_;
    Sleepers out_;  // changers, until the waiter is out
    Sleepers back_; // the waiter, until the announced ones have had their turn
    Sleepers turn_; // waiters, until nobody else waits
    StepOutState state_;
    std::size_t queued_ = 0; // waiters that sleep until it is their turn
    Waker waker_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
