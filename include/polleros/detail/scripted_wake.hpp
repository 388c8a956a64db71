// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/error.hpp>
#include <polleros/handle.hpp>
#include <polleros/interest.hpp>
#include <polleros/options.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// What a wake and the scripted kernel that waits for it share. The two meet by number only, as a descriptor and a real
/// kernel do, so all bells are in one list per process; it is locked to make, destroy or find one, never to ring it.
class ScriptedBell {
public:
    ScriptedBell(const Options& /*takes no memory*/, std::error_code& ec) noexcept {
        if (const int failure = std::exchange(nextFailure, 0)) {
            ec = errnoError(failure);
            return;
        }
        ec.clear();
        const std::lock_guard guard(lock);
        handle_ = static_cast<NativeHandle>(firstNumber + ++made);
        next_ = std::exchange(bells, this);
    }
    ScriptedBell(const ScriptedBell&) = delete;
    ScriptedBell& operator=(const ScriptedBell&) = delete;
    ~ScriptedBell() {
        const std::lock_guard guard(lock);
        for (ScriptedBell** link = &bells; *link != nullptr; link = &(*link)->next_) {
            if (*link == this) {
                *link = next_;
                break;
            }
        }
    }

    [[nodiscard]] static ScriptedBell* find(NativeHandle handle) noexcept {
        const std::lock_guard guard(lock);
        ScriptedBell* bell = bells;
        while (bell != nullptr && bell->handle_ != handle) {
            bell = bell->next_;
        }
        return bell;
    }
    /// Makes the next bell of this thread fail with this system error.
    static void failNext(int failure) noexcept { nextFailure = failure; }

    [[nodiscard]] NativeHandle handle() const noexcept { return handle_; }

    /// Any thread, also from a signal handler: nothing but atomics and, where somebody sleeps, a futex.
    void ring() noexcept {
        rung_.fetch_add(1, std::memory_order_release);
        rung_.notify_all();
    }
    [[nodiscard]] std::uint32_t rung() const noexcept { return rung_.load(std::memory_order_acquire); }
    /// Sleeps until it has been rung more often than so.
    void sleep(std::uint32_t rung) const noexcept {
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAVE_PLATFORM_WAIT)
        // libstdc++ 12 without a futex notifies without the lock under which a waiter looked: that wake is lost.
        while (this->rung() == rung) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
#else
        rung_.wait(rung, std::memory_order_acquire);
#endif
    }

    /// How often it had been rung when it was last drained. The owner's thread.
    [[nodiscard]] std::uint32_t drained() const noexcept { return drained_; }
    void drain() noexcept { drained_ = rung(); }

private:
    static constexpr int firstNumber = 1 << 30; // no number that a test would open

    static inline std::mutex lock;
    static inline ScriptedBell* bells = nullptr;
    static inline int made = 0;
    static inline thread_local int nextFailure = 0;

    std::atomic<std::uint32_t> rung_{0};
    std::uint32_t drained_ = 0;
    NativeHandle handle_ = invalidHandle;
    ScriptedBell* next_ = nullptr;
};

/// The scripted kernel's end: which bell it listens to, and what it has heard.
class ScriptedEar {
public:
    /// A system error if there is no bell of this number.
    [[nodiscard]] int tie(NativeHandle handle, bool edge) noexcept {
        bell_ = ScriptedBell::find(handle);
        edge_ = edge;
        heard_ = 0; // an edge wait, too, begins with what is there
        return bell_ != nullptr ? 0 : EBADF;
    }
    [[nodiscard]] int untie() noexcept { return std::exchange(bell_, nullptr) != nullptr ? 0 : ENOENT; }

    [[nodiscard]] bool hear() noexcept {
        if (bell_ == nullptr) {
            return false;
        }
        const std::uint32_t before = edge_ ? heard_ : bell_->drained();
        heard_ = bell_->rung();
        return heard_ != before;
    }
    /// Until the bell is rung after the last `hear`. False if there is none.
    [[nodiscard]] bool sleep() const noexcept {
        if (bell_ != nullptr) {
            bell_->sleep(heard_);
        }
        return bell_ != nullptr;
    }

private:
    ScriptedBell* bell_ = nullptr;
    bool edge_ = false;
    std::uint32_t heard_ = 0;
};

/// Wakes a scripted kernel: with edges it is never drained, as an eventfd, else it is, as a pipe.
template <bool withEdges>
class ScriptedWake {
public:
    ScriptedWake(const Options& options, std::error_code& ec) noexcept : bell_(options, ec) {}

    [[nodiscard]] NativeHandle handle() const noexcept { return bell_.handle(); }
    [[nodiscard]] Interest interest() const noexcept {
        return withEdges ? InterestFlag::read | InterestFlag::edge : Interest(InterestFlag::read);
    }
    void signal() noexcept { bell_.ring(); }
    void drain() noexcept {
        if constexpr (!withEdges) {
            bell_.drain();
        }
    }

private:
    ScriptedBell bell_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
