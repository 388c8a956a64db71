// SPDX-License-Identifier: MIT
// By a thread: a timer that signals one thread is Linux's own.
#include "support/signals.hpp"

#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include <pthread.h>
#include <unistd.h>

namespace polleros_test {
namespace {

std::atomic<int> signals{0};
std::atomic<SignalTimer::Action> alsoDone{nullptr};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<SignalTimer::Action>::is_always_lock_free);

void handle(int) {
    signals.fetch_add(1, std::memory_order_relaxed);
    if (const auto action = alsoDone.load(std::memory_order_relaxed)) {
        action();
    }
}

} // namespace

struct SignalTimer::Source {
    struct ::sigaction before{};
    std::mutex mutex;
    std::condition_variable stopping;
    bool stop = false;
    std::thread thread;
};

SignalTimer::SignalTimer(std::chrono::nanoseconds first, std::chrono::nanoseconds period, Action action)
    : source_(std::make_unique<Source>()) {
    signals = 0;
    alsoDone = action;
    struct ::sigaction counting{};
    counting.sa_flags = SA_RESTART;
    counting.sa_handler = &handle;
    ::sigaction(SIGUSR1, &counting, &source_->before);
    source_->thread = std::thread([&source = *source_, target = ::pthread_self(), first, period] {
        auto next = std::chrono::steady_clock::now() + first;
        std::unique_lock lock(source.mutex);
        while (!source.stopping.wait_until(lock, next, [&] { return source.stop; })) {
            ::pthread_kill(target, SIGUSR1);
            if (period == std::chrono::nanoseconds::zero()) {
                return;
            }
            next += period;
        }
    });
}

SignalTimer::~SignalTimer() {
    {
        const std::lock_guard lock(source_->mutex);
        source_->stop = true;
    }
    source_->stopping.notify_one();
    source_->thread.join();
    // What is still pending is delivered when this system call returns, to a handler that is still ours.
    ::getppid();
    ::sigaction(SIGUSR1, &source_->before, nullptr);
    alsoDone = nullptr;
}

int SignalTimer::count() const noexcept {
    return signals.load(std::memory_order_relaxed);
}

} // namespace polleros_test
