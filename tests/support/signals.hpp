// SPDX-License-Identifier: MIT
// Signals that hit the thread which asked for them, once or at a rate. The handler only counts, and is installed with
// SA_RESTART: waits are interrupted all the same.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id // glibc has no name for it
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace polleros_test {

// Sends SIGUSR1 to the constructing thread, first after `first`, then every `period` (zero: only once), until destroyed.
class SignalTimer {
public:
    SignalTimer(std::chrono::nanoseconds first, std::chrono::nanoseconds period) {
        count_ = 0;
        struct ::sigaction action{};
        action.sa_flags = SA_RESTART;
        action.sa_handler = [](int) { count_.fetch_add(1, std::memory_order_relaxed); };
        ::sigaction(SIGUSR1, &action, &before_);
        ::sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = SIGUSR1;
        event.sigev_notify_thread_id = static_cast<::pid_t>(::syscall(SYS_gettid));
        ::timer_create(CLOCK_MONOTONIC, &event, &timer_);
        ::itimerspec spec{};
        spec.it_value = toTimespec(first);
        spec.it_interval = toTimespec(period);
        ::timer_settime(timer_, 0, &spec, nullptr);
    }
    SignalTimer(const SignalTimer&) = delete;
    SignalTimer& operator=(const SignalTimer&) = delete;
    ~SignalTimer() {
        ::timer_delete(timer_);
        // What is still pending is delivered when this system call returns, to a handler that is still ours.
        ::getppid();
        ::sigaction(SIGUSR1, &before_, nullptr);
    }

    // How many have come so far.
    [[nodiscard]] int count() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    static ::timespec toTimespec(std::chrono::nanoseconds time) {
        return {static_cast<::time_t>(time.count() / 1'000'000'000), static_cast<long>(time.count() % 1'000'000'000)};
    }

    static inline std::atomic<int> count_{0};
    static_assert(std::atomic<int>::is_always_lock_free);
    ::timer_t timer_{};
    struct ::sigaction before_{};
};

// So many signals a second for as long as the result lives.
[[nodiscard]] inline SignalTimer signalStorm(int hz) {
    const std::chrono::nanoseconds period(1'000'000'000 / hz);
    return {period, period};
}

// One signal after a while.
[[nodiscard]] inline SignalTimer signalAfter(std::chrono::nanoseconds delay) {
    return {delay, std::chrono::nanoseconds::zero()};
}

} // namespace polleros_test
