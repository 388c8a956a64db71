// SPDX-License-Identifier: MIT
// E2, E3: changes and waits from any thread.
#include "set.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace polleros_test {
namespace {

// A thread that waits in the set until it is told to stop, and what it was told in all.
template <class TheSetting>
class Waiter {
public:
    explicit Waiter(Set<TheSetting>& set) : set_(set), thread_([this] { run(); }) {}
    ~Waiter() { stop(); }
    void stop() {
        if (thread_.joinable()) {
            stopped_ = true;
            set_.wakeup();
            thread_.join();
        }
    }
    // Waits until `number` was told of so often.
    void awaits(int number, int times) const {
        while (told_[static_cast<std::size_t>(number)] < times) {
            std::this_thread::yield();
        }
    }
    std::atomic<int> errors = 0;

private:
    void run() {
        typename Set<TheSetting>::Batch batch(8);
        while (!stopped_) {
            std::error_code ec;
            set_.wait(batch, Timeout::never(), ec);
            errors += ec ? 1 : 0;
            for (const auto& event : batch) {
                static_cast<void>(readAll(event.handle));
                ++told_[static_cast<std::size_t>(event.data)];
            }
        }
    }

    Set<TheSetting>& set_;
    std::atomic<bool> stopped_ = false;
    std::array<std::atomic<int>, 64> told_{};
    std::thread thread_;
};

} // namespace

TEMPLATE_TEST_CASE("E2 a change is in force when it returns, whoever waits", "[event_set][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    Waiter<TestType> waiter(set);
    const int rounds = sanitized || isTranslated() ? 20 : 200;
    for (int round = 1; round <= rounds; ++round) {
        const FdPair pair = makePair(PairKind::unixStream);
        CHECK_FALSE(set.add(pair.ours.get(), {}, 1));
        writeBytes(pair.peer.get(), 1);
        CHECK_FALSE(set.modify(pair.ours.get(), read));
        waiter.awaits(1, round);
        CHECK(set.size() == 1);
        CHECK(set.remove(pair.ours.get()));
        CHECK_FALSE(set.remove(pair.ours.get()));
    }
    waiter.stop();
    CHECK(waiter.errors == 0);
    CHECK(set.size() == 0);
}

TEMPLATE_TEST_CASE("E2 four threads change, one waits, nobody starves", "[event_set][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    Waiter<TestType> waiter(set);
    std::atomic<bool> done = false;
    std::atomic<int> failures = 0;
    std::vector<std::thread> changers;
    for (int number = 2; number < 6; ++number) {
        changers.emplace_back([&, number] {
            const FdPair pair = makePair(PairKind::unixStream);
            while (!done) {
                failures += set.add(pair.ours.get(), read, number) ? 1 : 0;
                failures += set.modify(pair.ours.get(), read | write, number) ? 1 : 0;
                failures += set.remove(pair.ours.get()) ? 0 : 1;
            }
        });
    }
    // Meanwhile a message every now and then reaches the waiter.
    const FdPair pair = makePair(PairKind::unixStream);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1));
    for (int round = 1; round <= (sanitized || isTranslated() ? 20 : 200) / Kernel::slowness; ++round) {
        writeBytes(pair.peer.get(), 1);
        waiter.awaits(1, round);
    }
    done = true;
    for (std::thread& changer : changers) {
        changer.join();
    }
    waiter.stop();
    CHECK(failures == 0);
    CHECK(waiter.errors == 0);
    CHECK(set.size() == 1);
}

TEMPLATE_TEST_CASE("E2 changes neither end a wait nor lengthen it", "[event_set][threads][sleeps]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    std::atomic<bool> done = false;
    std::thread changer([&] {
        const FdPair pair = makePair(PairKind::unixStream);
        while (!done) {
            static_cast<void>(set.add(pair.ours.get(), read));
            set.remove(pair.ours.get());
            std::this_thread::sleep_for(5ms); // each costs two switches of threads, and a busy machine makes these dear
        }
    });
    for (int turn = 0; turn < 3; ++turn) {
        const auto start = std::chrono::steady_clock::now();
        CHECK(set.next(40ms).empty());
        const auto took = std::chrono::steady_clock::now() - start;
        CHECK(took >= 40ms);
        CHECK(took < 40ms + 1s * Kernel::slowness);
    }
    done = true;
    changer.join();
}

TEMPLATE_TEST_CASE("E3 each of several waiters has its own batch, and one wakeup ends one wait", "[event_set][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    std::atomic<int> begun = 0;
    std::atomic<int> woken = 0;
    std::vector<std::thread> waiters;
    for (int index = 0; index < 3; ++index) {
        waiters.emplace_back([&] {
            typename Set<TestType>::Batch batch(4);
            std::error_code ec;
            ++begun;
            woken += set.wait(batch, Timeout::never(), ec).woken ? 1 : 0;
        });
    }
    while (begun < 3) {
        std::this_thread::yield();
    }
    std::this_thread::sleep_for(5ms); // two of them wait for their turn by now
    for (int index = 1; index <= 3; ++index) {
        set.wakeup();
        while (woken < index) {
            std::this_thread::yield();
        }
        CHECK(woken == index);
    }
    for (std::thread& waiter : waiters) {
        waiter.join();
    }
    CHECK(set.next(1ms).empty()); // none was one too many
}

TEMPLATE_TEST_CASE("E3 wakeups are counted, also behind events", "[event_set]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    typename Set<TestType>::Batch batch(4);
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), write, 1));
    set.wakeup();
    set.wakeup();
    std::error_code ec;
    CHECK(set.wait(batch, Timeout::never(), ec).channels == 1);
    REQUIRE_FALSE(set.modify(pair.ours.get(), {}));
    CHECK(set.wait(batch, Timeout::never(), ec).woken);
    CHECK(set.wait(batch, Timeout::never(), ec).woken);
    CHECK(set.wait(batch, 5ms, ec).timedOut);
}

TEMPLATE_TEST_CASE("E3 who waits for his turn has a timeout, too", "[event_set][threads][sleeps]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    Waiter<TestType> waiter(set);
    const FdPair pair = makePair(PairKind::unixStream);
    REQUIRE_FALSE(set.add(pair.ours.get(), read, 1));
    writeBytes(pair.peer.get(), 1);
    waiter.awaits(1, 1); // it is inside again, or will be
    std::this_thread::sleep_for(5ms);
    typename Set<TestType>::Batch batch(4);
    std::error_code ec;
    const auto start = std::chrono::steady_clock::now();
    CHECK(set.wait(batch, 20ms, ec).timedOut);
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
    CHECK(set.wait(batch, Timeout::immediately(), ec).timedOut);
}

TEMPLATE_TEST_CASE("E4 a wait on nothing sleeps, and can be woken", "[event_set][threads]", POLLEROS_REAL_BACKENDS) {
    Set<TestType> set({.defaultTimeout = 5ms});
    typename Set<TestType>::Batch batch(4);
    CHECK(set.wait(batch).timedOut);
    set.defaultTimeout(Timeout::never());
    CHECK(set.defaultTimeout().isNever());
    std::thread other([&] {
        std::this_thread::sleep_for(10ms);
        set.wakeup();
    });
    const polleros::WaitResult result = set.wait(batch);
    CHECK(result.woken);
    CHECK_FALSE(result.timedOut);
    CHECK(result.channels == 0);
    other.join();
}

} // namespace polleros_test
