// SPDX-License-Identifier: MIT
// The rows of the table: which workload, how large. Each loop registers all of them, and main.cpp runs them.
#pragma once

#include "workloads/attach.hpp"
#include "workloads/cascade.hpp"
#include "workloads/change.hpp"
#include "workloads/echo.hpp"
#include "workloads/interest.hpp"
#include "workloads/memory.hpp"
#include "workloads/wake.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

namespace bench {

enum class Time { ofThisThread, onTheWall };

struct Entry {
    std::string row;
    std::string loop;
    Time time;
    std::function<void(benchmark::State&)> run;
};

// All that is compiled in, in the order of the table for each loop.
[[nodiscard]] std::vector<Entry>& entries();

// How many channels there may be: as many as were wanted at the first call, or as there are descriptors.
[[nodiscard]] std::size_t mostChannels(std::size_t wanted = 0);

namespace detail {

template <class Make>
void measure(benchmark::State& state, std::int64_t batch, Make make) {
    auto rig = make();
    while (state.KeepRunningBatch(batch)) {
        rig->run(batch);
    }
}

// An interest rig counts in rounds of all its channels.
template <class Make>
void measureRounds(benchmark::State& state, std::int64_t rounds, Make make) {
    auto rig = make();
    while (state.KeepRunningBatch(rounds * rig->active())) {
        rig->run(rounds);
    }
}

} // namespace detail

// What a loop can be asked to do, row by row.
template <template <class> class Loop>
class Rows {
public:
    explicit Rows(std::string loop) : loop_(std::move(loop)), sizes_{10, 100, 1000, 10000} {
        if (mostChannels() > sizes_.back()) {
            sizes_.push_back(mostChannels());
        }
    }

    void addCascades() {
        for (const std::size_t channels : sizes_) {
            cascade<Cascade>("W1 eventfd", channels, 1, Kind::eventFd);
        }
        cascade<Cascade>("W1 eventfd", 1000, 100, Kind::eventFd);
        cascade<Cascade>("W1 eventfd", 10000, 100, Kind::eventFd);
        cascade<Cascade>("W1 eventfd", 10000, 1000, Kind::eventFd);
        cascade<Cascade>("W1 pipe", 1000, 1, Kind::pipe);
        cascade<Cascade>("W1 pipe", 1000, 100, Kind::pipe);

        for (const std::size_t idle : sizes_) {
            add("W2 N=" + std::to_string(idle), idle, [=](benchmark::State& state) {
                detail::measure(state, 100, [&] { return std::make_unique<PingPongRig<Loop>>(idle); });
            });
        }
    }

    void addMemory() {
        for (const std::size_t idle :
             {std::size_t{1000}, sizes_.back()}) { // of fewer, the allocator's own are too many
            add("memory N=" + std::to_string(idle), idle, [=](benchmark::State& state) {
                while (state.KeepRunningBatch(static_cast<std::int64_t>(idle))) {
                    state.counters["bytes"] = bytesPerChannel<Loop>(idle);
                }
            });
        }
    }

    void addInterest() {
        interest<Churn::io>("W3 io A=1", 1, 0);
        interest<Churn::io>("W3 io A=100", 100, 0);
        interest<Churn::pure>("W3 pure A=1", 1, 0);
        interest<Churn::pure>("W3 pure A=100", 100, 0);
        interest<Churn::pure>("W3 pure A=1 N=10000", 1, 10000);
        interest<Churn::cancel>("W3 cancel A=1", 1, 0);
        interest<Churn::cancel>("W3 cancel A=100", 100, 0);
    }

    void addAttach() {
        attach("W4 eventfd", Kind::eventFd, 0);
        attach("W4 pair", Kind::pair, 0);
        attach("W4 eventfd N=10000", Kind::eventFd, 10000);
    }

    void addWakes() {
        selfWake("W5 self", 0);
        selfWake("W5 self N=10000", 10000);
        add(
            "W5 flood", 1,
            [](benchmark::State& state) {
                detail::measure(state, 1000, [] { return std::make_unique<FloodRig<Loop>>(); });
            },
            Time::onTheWall);
        add(
            "W5 ping-pong", 2,
            [](benchmark::State& state) {
                detail::measure(state, 200, [] { return std::make_unique<PingPongWakeRig<Loop>>(); });
            },
            Time::onTheWall);
    }

    void addEcho() {
        echo(1, 64);
        echo(64, 64);
        echo(64, largestMessage);
        echo(1024, 64);
    }

    // Deadlines are not the business of a loop written by hand: it runs the same without.
    template <bool keepsDeadlines>
    void addDeadlines() {
        using Timed = BasicCascade<keepsDeadlines>;
        for (const std::size_t channels : {std::size_t{10}, std::size_t{1000}, sizes_.back()}) {
            cascade<Timed>("W1 deadlines", channels, 1, Kind::eventFd);
        }
        cascade<Timed>("W1 deadlines", 1000, 100, Kind::eventFd);
        interest<Churn::io, keepsDeadlines>("W3 io deadlines A=100", 100, 0);
    }

    // For who has changes that reach the kernel at once.
    void addChanges() {
        change<Changed::interest>("W7 interest", 0);
        change<Changed::interest>("W7 interest N=10000", 10000);
        change<Changed::channel>("W7 channel", 0);
        change<Changed::channel>("W7 channel N=10000", 10000);
        add(
            "W7 interest beside a waiter", 1,
            [](benchmark::State& state) {
                detail::measure(state, 100, [] { return std::make_unique<ChangeBesideWaiterRig<Loop>>(); });
            },
            Time::onTheWall);
    }

private:
    template <class Run>
    void add(std::string row, std::size_t channels, Run run, Time time = Time::ofThisThread) {
        if (channels <= mostChannels()) {
            entries().push_back({std::move(row), loop_, time, std::move(run)});
        }
    }

    template <class Work>
    void cascade(const std::string& row, std::size_t channels, std::size_t active, Kind kind) {
        add(row + " N=" + std::to_string(channels) + " A=" + std::to_string(active), channels,
            [=](benchmark::State& state) {
                detail::measure(state, active == 1 ? 200 : 1000,
                                [&] { return std::make_unique<CascadeRig<Loop, Work>>(channels, active, kind); });
            });
    }
    template <Churn churn, bool deadlines = false>
    void interest(const std::string& row, std::size_t active, std::size_t idle) {
        add(row, active + idle, [=](benchmark::State& state) {
            detail::measureRounds(state, active == 1 ? 100 : 2,
                                  [&] { return std::make_unique<InterestRig<Loop, churn, deadlines>>(active, idle); });
        });
    }
    void attach(const std::string& row, Kind kind, std::size_t idle) {
        add(row, idle, [=](benchmark::State& state) {
            detail::measure(state, 100, [&] { return std::make_unique<AttachRig<Loop>>(kind, idle); });
        });
    }
    void selfWake(const std::string& row, std::size_t idle) {
        add(row, idle, [=](benchmark::State& state) {
            detail::measure(state, 200, [&] { return std::make_unique<SelfWakeRig<Loop>>(idle); });
        });
    }
    template <Changed changed>
    void change(const std::string& row, std::size_t idle) {
        add(row, idle, [=](benchmark::State& state) {
            detail::measure(state, 200, [&] { return std::make_unique<ChangeRig<Loop, changed>>(idle); });
        });
    }
    void echo(std::size_t connections, std::size_t size) {
        add("W6 A=" + std::to_string(connections) + " size=" + std::to_string(size), connections,
            [=](benchmark::State& state) {
                detail::measure(state, static_cast<std::int64_t>(connections) * 4,
                                [&] { return std::make_unique<EchoRig<Loop>>(connections, size); });
            });
    }

    std::string loop_;
    std::vector<std::size_t> sizes_;
};

// All of them.
template <template <class> class Loop, bool keepsDeadlines = true>
void addRows(const std::string& loop) {
    Rows<Loop> rows(loop);
    rows.addCascades();
    rows.addMemory();
    rows.addInterest();
    rows.addAttach();
    rows.addWakes();
    rows.addEcho();
    rows.template addDeadlines<keepsDeadlines>();
}

// Of a loop that has no turns, but runs until it is stopped.
template <template <class> class Loop>
void addRunningRows(const std::string& loop) {
    Rows<Loop> rows(loop);
    rows.addCascades();
    rows.addEcho();
}

} // namespace bench
