// SPDX-License-Identifier: MIT
// W5: wakes, by the loop's own thread and by others.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <atomic>
#include <thread>

#include <sched.h>

namespace bench {

// Nothing but wakes.
struct Wakes {
    static constexpr bool wakes = true;
    static constexpr bool hasDeadlines = false;
    struct State {};

    [[nodiscard]] static bool isDone() noexcept { return false; }

    template <class Loop>
    void serve(Loop&, typename Loop::Token, unsigned) {}
};

// The loop wakes itself, and turns.
template <template <class> class Loop>
class SelfWakeRig {
public:
    explicit SelfWakeRig(std::size_t idle) : idle_(makeChannels(idle, Kind::eventFd)), loop_(work_, idle) {
        for (const Channel& channel : idle_) {
            loop_.add(channel.in(), readable, {});
        }
        run(4);
    }

    void run(std::int64_t times) {
        for (; times > 0; --times) {
            loop_.wake();
            loop_.turn(Blocking::yes);
        }
    }

private:
    std::vector<Channel> idle_;
    Wakes work_;
    Loop<Wakes> loop_;
};

// This thread wakes as often as it can a loop that turns in another one.
template <template <class> class Loop>
class FloodRig {
public:
    FloodRig()
        : loop_(work_, 1), owner_([this] {
              while (!ends_.load(std::memory_order_relaxed)) {
                  loop_.turn(Blocking::yes);
              }
          }) {}
    ~FloodRig() {
        ends_.store(true, std::memory_order_relaxed);
        loop_.wake();
        owner_.join();
    }
    FloodRig(const FloodRig&) = delete;
    FloodRig& operator=(const FloodRig&) = delete;

    void run(std::int64_t times) {
        for (; times > 0; --times) {
            loop_.wake();
        }
    }

private:
    Wakes work_;
    Loop<Wakes> loop_;
    std::atomic<bool> ends_{false};
    std::thread owner_;
};

// Keeps the calling thread on one core while it lives; threads started meanwhile, too.
class OnOneCore {
public:
    OnOneCore() {
        require(::sched_getaffinity(0, sizeof before_, &before_) == 0, "sched_getaffinity");
        int core = 0;
        while (!CPU_ISSET(core, &before_)) {
            ++core;
        }
        ::cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(core, &one);
        require(::sched_setaffinity(0, sizeof one, &one) == 0, "sched_setaffinity");
    }
    ~OnOneCore() { ::sched_setaffinity(0, sizeof before_, &before_); }
    OnOneCore(const OnOneCore&) = delete;
    OnOneCore& operator=(const OnOneCore&) = delete;

private:
    ::cpu_set_t before_;
};

// Two threads on one core wake each other in turn. An operation is one wake and the turn that it ends.
template <template <class> class Loop>
class PingPongWakeRig {
public:
    PingPongWakeRig()
        : ours_(work_, 1), theirs_(work_, 1), peer_([this] {
              for (;;) {
                  theirs_.turn(Blocking::yes);
                  const std::int64_t turns = toTheirs_.load(std::memory_order_acquire);
                  if (turns < 0) {
                      return;
                  }
                  if (turns != done_) {
                      done_ = turns;
                      toOurs_.store(turns, std::memory_order_release);
                      ours_.wake();
                  }
              }
          }) {}
    ~PingPongWakeRig() {
        toTheirs_.store(-1, std::memory_order_release);
        theirs_.wake();
        peer_.join();
    }
    PingPongWakeRig(const PingPongWakeRig&) = delete;
    PingPongWakeRig& operator=(const PingPongWakeRig&) = delete;

    void run(std::int64_t times) {
        for (; times > 0; times -= 2) {
            const std::int64_t turn = toTheirs_.load(std::memory_order_relaxed) + 1;
            toTheirs_.store(turn, std::memory_order_release);
            theirs_.wake();
            while (toOurs_.load(std::memory_order_acquire) != turn) {
                ours_.turn(Blocking::yes);
            }
        }
    }

private:
    OnOneCore core_;
    Wakes work_;
    Loop<Wakes> ours_;
    Loop<Wakes> theirs_;
    std::atomic<std::int64_t> toTheirs_{0};
    std::atomic<std::int64_t> toOurs_{0};
    std::int64_t done_ = 0;
    std::thread peer_;
};

} // namespace bench
