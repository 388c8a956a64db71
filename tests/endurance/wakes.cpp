// SPDX-License-Identifier: MIT
// A million wakes from eight threads.
#include "support/bench.hpp"

#include <atomic>
#include <thread>

namespace polleros_test {

TEMPLATE_TEST_CASE("of a million wakes from eight threads none is lost, and no more are written than waits can hear",
                   "[endurance][threads][slow]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    constexpr int producers = 8;
    constexpr int each = sanitized ? 5'000 : often(125'000);
    polleros::Waker waker = bench.poller.waker();
    bench.wait();
    bench.world.resetCounts();
    std::atomic<int> mail{0};
    std::vector<std::thread> threads;
    for (int producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&mail, mine = waker]() mutable {
            for (int message = 0; message < each; ++message) {
                mail.fetch_add(1, std::memory_order_relaxed);
                mine.wake();
            }
        });
    }
    int taken = 0;
    std::size_t waits = 0;
    std::size_t inVain = 0;
    std::error_code ec;
    while (taken < producers * each && !ec) {
        const auto result = bench.poller.waitTriggers(Timeout::never(), ec); // a lost one hangs: the watchdog tells
        ++waits;
        inVain += result.woken ? 0U : 1U;
        taken += mail.exchange(0, std::memory_order_relaxed);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK_FALSE(ec);
    CHECK(inVain == 0);
    CHECK(taken == producers * each);
    CHECK(bench.world.counts().signals() <= waits + 1); // the last one may come after the last wait
    CHECK(bench.poller.stats().wakes <= waits);
}

} // namespace polleros_test
