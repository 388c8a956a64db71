// SPDX-License-Identifier: MIT
// The random programs while four threads wake all of their pollers. A wake tells nobody anything, and loses nothing.
#include "seeds.hpp"
#include "support/harness.hpp"

#include <atomic>
#include <thread>

namespace polleros_test {
namespace {

class Wakes final : public Weather {
public:
    [[nodiscard]] bool wakes() const override { return true; }
    void programStarts(const std::vector<polleros::Waker>& wakers) override {
        stop_ = false;
        for (std::thread& thread : threads_) {
            thread = std::thread([this, wakers] {
                while (!stop_) {
                    for (const polleros::Waker& waker : wakers) {
                        waker.wake();
                        woken_.fetch_add(1, std::memory_order_relaxed);
                    }
                    std::this_thread::yield();
                }
            });
        }
    }
    void programEnds() override {
        stop_ = true;
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }
    [[nodiscard]] std::size_t count() const { return woken_; }

private:
    std::array<std::thread, 4> threads_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> woken_{0};
};

} // namespace

TEST_CASE("wakes from four threads change nothing else of what a program is promised", "[model]") {
    const Wakes wakes;
    checkSeeds(1, sanitized ? 40 : 100);
    CHECK(wakes.count() > 100);
}

} // namespace polleros_test
