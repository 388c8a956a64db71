// SPDX-License-Identifier: MIT
// The random programs while four threads do to their pollers, and to who stands on one, what they may. It tells nobody
// anything, and loses nothing.
#include "facade_lanes.hpp"
#include "seeds.hpp"
#include "support/harness.hpp"

#include <array>
#include <atomic>
#include <thread>

namespace polleros_test {
namespace {

// Each step of a thread is several switches of threads, and under Wine several questions to its one server.
[[nodiscard]] unsigned disturbedSeeds() {
#if defined(_WIN32)
    return 5;
#else
    return sanitized || isTranslated() ? 15 : 40;
#endif
}

class Wakes final : public Weather {
public:
    [[nodiscard]] bool disturbs() const override { return true; }
    void programStarts(const std::vector<Disturbance>& disturbances) override {
        stop_ = false;
        for (unsigned index = 0; index < threads; ++index) {
            threads_[index] = std::thread([this, index, disturbances] {
                while (!stop_) {
                    for (const Disturbance& disturb : disturbances) {
                        disturb(index);
                        steps_.fetch_add(1, std::memory_order_relaxed);
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
    [[nodiscard]] std::size_t count() const { return steps_; }

private:
    std::array<std::thread, threads> threads_;
    std::atomic<bool> stop_{false};
    std::atomic<std::size_t> steps_{0};
};

} // namespace

TEST_CASE("wakes from four threads change nothing else of what a program is promised", "[model]") {
    const Wakes wakes;
    checkSeeds(1, sanitized ? 40 : 100);
    CHECK(wakes.count() > 100);
}

TEST_CASE("what four threads do with a facade changes nothing of what a program is promised", "[model]") {
    const Wakes wakes;
    checkSeeds(1, disturbedSeeds(), facadeLanes);
    CHECK(wakes.count() > 100);
}

} // namespace polleros_test
