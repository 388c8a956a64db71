// SPDX-License-Identifier: MIT
// The mutex of the facades, checked by exhaustive interleaving: every schedule of threads that take it, each atomic step
// of the real state one of the model's. And by threads: what it protects, that it passes on, and who may destroy it.
#include "support/catch.hpp"
#include "support/harness.hpp"
#include "support/interleave.hpp"

#include <polleros/detail/brief_mutex.hpp>
#include <polleros/timeout.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <tuple>
#include <vector>

using namespace polleros_test;
using namespace std::chrono_literals;
using polleros::detail::BriefMutex;
using polleros::detail::BriefState;
using polleros::detail::Sleepers;

namespace {

// What the real state is in, told by what its steps answer.
enum class Word { free, taken, wanted };

struct Stepped {
    bool answer;
    Word after;
};

// One step of a real one that has been brought to `before`. It is asked twice, as asking it changes it.
template <class F>
Stepped stepOf(Word before, F step) {
    const auto bring = [before](BriefState& state) {
        if (before == Word::taken) {
            static_cast<void>(state.take());
        } else if (before == Word::wanted) {
            static_cast<void>(state.takeOrWant());
        }
    };
    BriefState one;
    BriefState other;
    bring(one);
    bring(other);
    const bool answer = step(one);
    static_cast<void>(step(other));
    return {answer, one.take() ? Word::free : other.give() ? Word::taken : Word::wanted};
}

enum class Order {
    right,
    wantsNothing, // who sleeps does not say so
    wantsOnce,    // who is woken takes it as if nobody else slept
    sleepsLate,   // who finds it taken lets the other mutex go before it sleeps
    wakesNobody,
};

struct Model {
    static constexpr std::size_t most = 4;

    enum Step : unsigned char { start, toSleep, deciding, falling, asleep, holding, giving, passing, done };
    struct Thread {
        Step step = done;
        int left = 0;
        bool notified = false;
        bool woken = false;
        auto key() const { return std::tuple(step, left, notified, woken); }
    };

    Order order = Order::right;
    std::array<Thread, most> thread{};
    Word word = Word::free;
    bool inner = false; // the mutex of those who sleep
    bool broken = false;

    bool enabled(std::size_t index) const {
        const Thread& me = thread[index];
        switch (me.step) {
        case done: return false;
        case toSleep:
        case giving: return !inner;
        case asleep: return me.notified && !inner;
        default: return true;
        }
    }

    template <class F>
    bool apply(F step) {
        const Stepped stepped = stepOf(word, step);
        word = stepped.after;
        return stepped.answer;
    }
    void enter(Thread& me) {
        for (const Thread& each : thread) {
            broken = broken || each.step == holding;
        }
        me.step = holding;
    }

    void step(std::size_t index) {
        Thread& me = thread[index];
        switch (me.step) {
        case start:
            if (apply([](BriefState& state) { return state.take(); })) {
                enter(me);
            } else {
                me.step = toSleep;
            }
            return;
        case toSleep:
        case asleep:
            me.notified = false;
            me.woken = me.step == asleep;
            inner = true;
            me.step = deciding;
            return;
        case deciding: {
            const bool silent = order == Order::wantsNothing || (order == Order::wantsOnce && me.woken);
            const bool mine = apply([silent](BriefState& state) { return silent ? state.take() : state.takeOrWant(); });
            if (mine) {
                inner = false;
                enter(me);
            } else if (order == Order::sleepsLate) {
                inner = false;
                me.step = falling;
            } else {
                inner = false; // and sleeps: one step, as a condition variable promises
                me.step = asleep;
            }
            return;
        }
        case falling: me.step = asleep; return;
        case holding:
            if (apply([](BriefState& state) { return state.give(); })) {
                end(me);
            } else {
                me.step = giving;
            }
            return;
        case giving:
            inner = true;
            me.step = passing;
            return;
        default: // with the inner mutex
            static_cast<void>(apply([](BriefState& state) {
                state.giveWanted();
                return true;
            }));
            wakeOne();
            inner = false;
            end(me);
        }
    }
    void wakeOne() {
        for (Thread& each : thread) {
            if (order != Order::wakesNobody && each.step == asleep && !each.notified) {
                each.notified = true;
                return;
            }
        }
    }
    static void end(Thread& me) {
        --me.left;
        me.step = me.left != 0 ? start : done;
    }

    bool finished() const {
        for (const Thread& each : thread) {
            if (each.step != done) {
                return false;
            }
        }
        return word == Word::free;
    }
    std::string wrong() const { return broken ? "two have it at once" : ""; }
    auto key() const {
        return std::tuple(thread[0].key(), thread[1].key(), thread[2].key(), thread[3].key(), word, inner, broken);
    }
};

Interleavings exploreMutex(Order order, std::size_t threads, int times) {
    Model model;
    model.order = order;
    for (std::size_t index = 0; index < threads; ++index) {
        model.thread[index] = {.step = Model::start, .left = times};
    }
    return explore(model, threads);
}

} // namespace

TEST_CASE("in every order one has a brief mutex, and nobody sleeps for ever") {
    struct Shape {
        std::size_t threads;
        int times;
    };
    for (const Shape shape : {Shape{1, 2}, {2, 3}, {3, 2}, {4, 1}}) {
        CAPTURE(shape.threads, shape.times);
        const Interleavings found = exploreMutex(Order::right, shape.threads, shape.times);
        CAPTURE(found.schedule);
        CHECK(found.wrong == "");
        CHECK(found.ends > 0);
    }
    CHECK(exploreMutex(Order::wakesNobody, 2, 1).wrong != "");
    CHECK(exploreMutex(Order::sleepsLate, 2, 1).wrong != "");
    CHECK(exploreMutex(Order::wantsNothing, 2, 1).wrong != "");
    CHECK(exploreMutex(Order::wantsOnce, 2, 2).wrong != ""); // who gave it came back first
}

TEST_CASE("what a brief mutex protects is seen by the next") {
    constexpr int times = 20'000;
    BriefMutex mutex;
    int count = 0;
    std::vector<std::thread> threads;
    for (int index = 0; index < 4; ++index) {
        threads.emplace_back([&] {
            for (int time = 0; time < times; ++time) {
                const std::lock_guard<BriefMutex> held(mutex);
                ++count;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(count == 4 * times);
}

TEST_CASE("who has taken a brief mutex last may destroy it") {
    for (int round = 0; round < 500; ++round) {
        auto mutex = std::make_unique<BriefMutex>();
        bool given = false;
        std::atomic<bool> ready{false};
        std::thread former([&ready, &given, mutex = mutex.get()] {
            const std::lock_guard<BriefMutex> held(*mutex);
            ready = true;
            std::this_thread::yield();
            given = true;
        });
        while (!ready) {
            std::this_thread::yield();
        }
        for (bool mayDestroy = false; !mayDestroy; std::this_thread::yield()) {
            const std::lock_guard<BriefMutex> held(*mutex);
            mayDestroy = given;
        }
        mutex.reset(); // before the other thread is joined
        former.join();
    }
    SUCCEED("under the sanitizers");
}

TEST_CASE("sleepers sleep until it is so, or until their time is over") {
    BriefMutex mutex;
    Sleepers sleepers;
    int turn = 0;
    SECTION("two in turns") {
        constexpr int times = 500;
        const auto play = [&](int mine) {
            for (int time = 0; time < times; ++time) {
                const std::lock_guard<BriefMutex> held(mutex);
                sleepers.await(mutex, [&] { return turn % 2 == mine; });
                ++turn;
                sleepers.wakeAll();
            }
        };
        std::thread other(play, 1);
        play(0);
        other.join();
        CHECK(turn == 2 * times);
    }
    SECTION("in vain") {
        const std::lock_guard<BriefMutex> held(mutex);
        const auto end = polleros::Clock::now() + 5ms;
        CHECK_FALSE(sleepers.awaitUntil(mutex, end, [&] { return turn != 0; }));
        CHECK(polleros::Clock::now() >= end);
    }
    SECTION("in time") {
        std::thread other([&] {
            const std::lock_guard<BriefMutex> held(mutex);
            turn = 1;
            sleepers.wakeOne();
        });
        {
            const std::lock_guard<BriefMutex> held(mutex);
            CHECK(sleepers.awaitUntil(mutex, polleros::Clock::now() + 60s, [&] { return turn != 0; }));
        }
        other.join();
    }
}
