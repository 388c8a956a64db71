// SPDX-License-Identifier: MIT
// A thread: no process is forked here.
#include "support/harness.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace polleros_test {
namespace {

class Watchdog {
public:
    Watchdog() { std::thread(&Watchdog::watch, this).detach(); }

    void arm(const std::string& caseName, std::chrono::seconds limit) {
        const std::lock_guard lock(mutex_);
        case_ = caseName;
        until_ = Clock::now() + limit;
        changed_.notify_one();
    }
    void disarm() {
        const std::lock_guard lock(mutex_);
        until_ = never;
        changed_.notify_one();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::time_point never = Clock::time_point::max();

    void watch() {
        std::unique_lock lock(mutex_);
        for (;;) {
            if (until_ == never) {
                changed_.wait(lock);
            } else if (changed_.wait_until(lock, until_) == std::cv_status::timeout && Clock::now() >= until_) {
                std::fprintf(stderr, "\nwatchdog: the time of this test case is over: %s\n", case_.c_str());
                std::fflush(stderr);
                std::_Exit(3);
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string case_;
    Clock::time_point until_ = never;
};

Watchdog& watchdog() {
    static auto* const only = new Watchdog; // its thread outlives what is destroyed at the end
    return *only;
}

} // namespace

void armWatchdog(const std::string& caseName, std::chrono::seconds limit) {
    watchdog().arm(caseName, limit);
}
void disarmWatchdog() {
    watchdog().disarm();
}

} // namespace polleros_test
