// SPDX-License-Identifier: MIT
// D1, D2, D6: everything from everywhere at once, under traffic. What has gone wrong is counted, and checked in the end.
// POLLEROS_ROUNDS in the environment says how often, where a sanitizer would be given less by itself.
#include "loop.hpp"

#include <atomic>
#include <cstdlib>
#include <random>

namespace polleros_test {
namespace {

int rounds() {
    if (const char* const asked = std::getenv("POLLEROS_ROUNDS")) {
        return std::atoi(asked);
    }
#if defined(__OPTIMIZE__)
    constexpr int full = 10'000;
#else
    constexpr int full = 1'000;
#endif
    return (sanitized || isTranslated() ? 300 : full) / Kernel::slowness;
}

// Pairs of which one end is readable for ever.
std::vector<FdPair> readyPairs(std::size_t count) {
    std::vector<FdPair> pairs;
    for (std::size_t index = 0; index < count; ++index) {
        pairs.push_back(makePair(PairKind::unixStream));
        writeBytes(pairs.back().peer.get(), 1);
        static_cast<void>(pollFor(pairs.back().ours.get(), readable, 5000));
    }
    return pairs;
}

// Of four threads that do the same.
template <class Work>
void inFourThreads(Work work) {
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number) {
        threads.emplace_back([&work, number] { work(number); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

} // namespace

TEMPLATE_TEST_CASE("D2 after deregistering a handler never runs, whoever else does what", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop;
    REQUIRE_FALSE(loop.start());
    const std::vector<FdPair> pairs = readyPairs(4);
    std::atomic<int> failures = 0;
    std::atomic<int> late = 0;
    std::atomic<int> together = 0;
    std::atomic<int> inside = 0;
    inFourThreads([&](unsigned number) {
        const NativeHandle handle = pairs[number].ours.get();
        for (int round = 0; round < rounds(); ++round) {
            struct State {
                std::atomic<int> calls = 0;
                std::atomic<bool> gone = false;
            } state; // dies with the round: who runs late finds it dead
            const auto handler = [&](const Event&) {
                together += inside.fetch_add(1) == 0 ? 0 : 1;
                ++state.calls;
                late += state.gone ? 1 : 0;
                inside.fetch_sub(1);
            };
            failures += loop.registerHandle(handle, EventKind::readable, handler) ? 1 : 0;
            if (round % 8 == 0) { // else it is likely to be deregistered before it has run
                while (state.calls == 0) {
                    std::this_thread::yield();
                }
            }
            failures += loop.deregisterHandle(handle) ? 0 : 1;
            state.gone = true;
        }
    });
    CHECK(failures == 0);
    CHECK(late == 0);
    CHECK(together == 0);
    CHECK(loop.size() == 0);
}

TEMPLATE_TEST_CASE("D1 register, deregister, start and stop from four threads and from handlers",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(8);
    std::atomic<int> calls = 0;
    std::atomic<int> together = 0;
    std::atomic<int> inside = 0;
    std::atomic<int> failures = 0;
    {
        // Before the loop, which is stopped when it dies: until then its handlers run, and use this.
        const auto handleOf = [&](auto& random) { return pairs[random() % pairs.size()].ours.get(); };
        Loop<TestType> loop;
        const auto handler = [&](unsigned seed) {
            return [&, random = std::minstd_rand(seed + 1)](const Event& event) mutable {
                together += inside.fetch_add(1) == 0 ? 0 : 1;
                ++calls;
                switch (random() % 8) {
                case 0: loop.deregisterHandle(event.handle); break;
                case 1: loop.deregisterHandle(handleOf(random)); break;
                case 2:
                    failures +=
                        loop.registerHandle(handleOf(random), EventKind::readable, [&](const Event&) { ++calls; }) ? 1
                                                                                                                   : 0;
                    break;
                case 3: loop.stop(); break;
                default: break;
                }
                inside.fetch_sub(1);
            };
        };
        inFourThreads([&](unsigned number) {
            std::minstd_rand random(number + 1);
            for (int round = 0; round < rounds(); ++round) {
                switch (random() % 8) {
                case 0: loop.stop(); break;
                case 1:
                case 2: loop.deregisterHandle(handleOf(random)); break;
                case 3:
                case 4:
                case 5:
                    failures += loop.registerHandle(handleOf(random), EventKind::readable | EventKind::writable,
                                                    handler(static_cast<unsigned>(random())))
                                    ? 1
                                    : 0;
                    break;
                default:
                    if (const std::error_code ec = loop.start()) {
                        failures += ec == Errc::reentrant ? 0 : 1;
                    }
                }
            }
        });
        const int seen = calls; // before there is something to be called: it may all be over before the next line
        REQUIRE_FALSE(loop.registerHandle(pairs[0].ours.get(), EventKind::readable, handler(7)));
        while (calls == seen) {
            static_cast<void>(loop.start()); // again: a handler may have stopped it
            std::this_thread::yield();
        }
    }
    const int before = calls;
    std::this_thread::sleep_for(5ms);
    CHECK(calls == before);
    CHECK(together == 0);
    CHECK(failures == 0);
}

TEMPLATE_TEST_CASE("D6 dispatchers come and go under traffic", "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(8);
    std::atomic<int> late = 0;
    std::atomic<int> failures = 0;
    for (int round = 0; round < rounds() / 20; ++round) {
        std::atomic<bool> gone = false;
        {
            polleros::Dispatcher<typename TestType::Backend> dispatcher;
            failures += dispatcher.start() ? 1 : 0;
            inFourThreads([&](unsigned number) {
                for (const std::size_t index : {number, number + 4}) {
                    failures += dispatcher.registerHandle(pairs[index].ours.get(), EventKind::readable,
                                                          [&](const Event&) { late += gone ? 1 : 0; })
                                    ? 1
                                    : 0;
                }
                if (number == 3 && round % 2 == 0) {
                    dispatcher.stop();
                }
            });
        }
        gone = true;
    }
    CHECK(late == 0);
    CHECK(failures == 0);
}

TEMPLATE_TEST_CASE("D2 what a handler deregisters among its neighbours does not run, while others register",
                   "[dispatcher][threads]", POLLEROS_REAL_BACKENDS) {
    const std::vector<FdPair> pairs = readyPairs(8);
    const std::vector<FdPair> others = readyPairs(2);
    Loop<TestType> loop;
    std::atomic<bool> done = false;
    std::atomic<int> failures = 0;
    std::atomic<int> late = 0;
    std::thread neighbour([&] {
        while (!done) {
            for (const FdPair& pair : others) {
                failures += loop.registerHandle(pair.ours.get(), EventKind::readable, [](const Event&) {}) ? 1 : 0;
            }
            for (const FdPair& pair : others) {
                failures += loop.deregisterHandle(pair.ours.get()) ? 0 : 1;
            }
        }
    });
    for (int round = 0; round < rounds() / 10; ++round) {
        int calls = 0;
        for (const FdPair& pair : pairs) {
            failures += loop.registerHandle(pair.ours.get(), EventKind::readable,
                                            [&](const Event&) {
                                                ++calls;
                                                for (const FdPair& each : pairs) {
                                                    failures += loop.deregisterHandle(each.ours.get()) ? 0 : 1;
                                                }
                                                loop.stop();
                                            })
                            ? 1
                            : 0;
        }
        loop.run();
        late += calls - 1;
    }
    done = true;
    neighbour.join();
    CHECK(failures == 0);
    CHECK(late == 0);
    CHECK(loop.size() == 0);
}

} // namespace polleros_test
