// SPDX-License-Identifier: MIT
// What may be done from several threads: wakes at any time, and everything else after a synchronised hand-over.
#include "support/bench.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace polleros_test {

TEMPLATE_TEST_CASE("W2 no wake is lost: three producers, one owner, a mailbox", "[contract][threads][slow]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    constexpr int producers = 3;
    constexpr int each = sanitized ? 3'000 : 30'000;
    polleros::Waker waker = bench.poller.waker();
    std::atomic<int> mail{0};
    int plain = 0; // not atomic: what was written before a wake is seen after it
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&, mine = waker]() mutable {
            for (int message = 0; message < each; ++message) {
                {
                    const std::lock_guard lock(mutex);
                    ++plain;
                }
                mail.fetch_add(1, std::memory_order_relaxed);
                mine.wake();
            }
        });
    }
    int taken = 0;
    std::size_t wokenInVain = 0;
    std::error_code ec;
    while (taken < producers * each && !ec) {
        const auto result =
            bench.poller.waitTriggers(Timeout::never(), ec); // a lost one hangs here: the watchdog tells
        const int got = mail.exchange(0, std::memory_order_relaxed);
        wokenInVain += result.woken ? 0U : 1U;
        taken += got;
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK_FALSE(ec);
    CHECK(wokenInVain == 0);
    CHECK(taken == producers * each);
    CHECK(plain == taken);
}

TEMPLATE_TEST_CASE("W2 what was written before a single wake is seen by the owner without any other synchronisation",
                   "[contract][threads]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Waker waker = bench.poller.waker();
    for (int turn = 0; turn < 50; ++turn) {
        int letter = 0;
        std::thread producer([&letter, waker, turn]() mutable {
            letter = turn + 1;
            waker.wake();
        });
        while (!bench.wait(Timeout::never()).woken) {
        }
        const int seen = letter; // the thread sanitizer has an opinion on this
        producer.join();
        CHECK(seen == turn + 1);
    }
}

TEMPLATE_TEST_CASE("C13 the last waker closes the wake handle, on whatever thread and after the poller",
                   "[contract][threads]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    for (int turn = 0; turn < 50; ++turn) {
        auto poller = std::make_unique<typename Bench<TestType>::Poller>(bench.variant().options);
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([waker = poller->waker()]() mutable {
                for (int wake = 0; wake < 20; ++wake) {
                    waker.wake();
                    polleros::Waker copy = waker;
                    copy.wake();
                    waker = std::move(copy);
                }
            });
        }
        poller->waitTriggers(turn % 2 == 0 ? Timeout::immediately() : Timeout(100us));
        poller.reset();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    SUCCEED("the harness looks for leaks");
}

TEMPLATE_TEST_CASE("N15 attach here, wait there, delete here after the join", "[contract][threads]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    ends->peerWrite(3);
    std::size_t served = 0;
    std::thread worker([&] {
        for (int turn = 0; turn < 3; ++turn) {
            std::error_code ec;
            bench.poller.waitTriggers(1s, ec);
            for (auto& channel : bench.poller.triggered()) {
                served += ends->read(1).bytes;
                channel.source().wanted = recv;
            }
        }
    });
    worker.join();
    CHECK(served == 3);
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
}

TEMPLATE_TEST_CASE("N15 an open iteration may be handed over between two steps", "[contract][threads]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 4; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv);
        ends.back()->peerWrite(1);
    }
    bench.wait();
    int reached = 0;
    {
        auto reported = bench.poller.triggered();
        auto iterator = reported.begin();
        while (iterator != reported.end()) {
            std::thread step([&] {
                ++reached;
                iterator->source().wanted = {};
                ++iterator;
            });
            step.join();
        }
    }
    CHECK(reached == 4);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("N14 a source that was detached works in another thread's poller", "[contract][threads]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    bench.wait();
    auto source = bench.poller.detachChannel(ChannelNumber{1});
    REQUIRE(source.has_value());
    Triggers told;
    std::thread other([&] {
        typename Bench<TestType>::Poller poller(bench.variant().options);
        poller.attachChannel(ChannelNumber{9}, std::move(*source));
        std::error_code ec;
        told = poller.waitTriggers(10s, ec).triggers;
    });
    ends->peerWrite(1);
    CHECK(bench.next().empty());
    other.join();
    CHECK(told == Triggers{recv});
}

TEMPLATE_TEST_CASE("N22 a refill from a thread and a wake are enough for who starves", "[contract][threads]",
                   POLLEROS_TEST_SETTINGS) {
    struct Starving {
        std::atomic<int>* buffers;
        [[nodiscard]] polleros::NativeHandle handle() const noexcept { return polleros::invalidHandle; }
        [[nodiscard]] Triggers triggers() const noexcept { return *buffers > 0 ? Triggers{work} : Triggers{}; }
        [[nodiscard]] bool intentIsLocal() const noexcept { return false; }
    };
    Bench<TestType> bench(Variants::few);
    polleros::Poller<typename TestType::Backend, Starving> poller(bench.variant().options);
    std::atomic<int> buffers{0};
    poller.attachChannel(Starving{&buffers});
    for (int turn = 0; turn < 20; ++turn) {
        std::thread refill([&buffers, waker = poller.waker()]() mutable {
            ++buffers;
            waker.wake();
        });
        int served = 0;
        while (served == 0) {
            poller.waitTriggers(Timeout::never());
            for (auto& channel : poller.triggered()) {
                CHECK(channel.act() == Triggers{work});
                --buffers;
                ++served;
            }
        }
        refill.join();
        CHECK(served == 1);
    }
}

TEMPLATE_TEST_CASE("N23 a prepared poller in another loop loses no wake", "[contract][threads]",
                   POLLEROS_REAL_SETTINGS) {
    if constexpr (!TestType::nests) {
        GATE(TestType::name(), "the backend has no handle that another loop could wait for");
    }
    Bench<TestType> bench(Variants::few);
    constexpr int count = 2'000;
    std::atomic<int> mail{0};
    std::thread producer([&mail, waker = bench.poller.waker()]() mutable {
        for (int message = 0; message < count; ++message) {
            mail.fetch_add(1, std::memory_order_relaxed);
            waker.wake();
            if (message % 64 == 0) {
                std::this_thread::yield();
            }
        }
    });
    int taken = 0;
    bool lost = false;
    while (taken < count && !lost) {
        const Timeout timeout = bench.poller.prepare();
        // The outer loop: a wake that is lost leaves the handle unreadable for all of this time.
        lost = timeout.isNever() && pollFor(outerHandle(bench.poller), readable, 10'000).empty();
        if (bench.poller.harvest().woken) {
            taken += mail.exchange(0, std::memory_order_relaxed);
        }
    }
    producer.join();
    CHECK_FALSE(lost);
    CHECK(taken == count);
}

} // namespace polleros_test
