// SPDX-License-Identifier: MIT
// What the library itself costs, without a kernel: the reconcile pass over many channels, and the way from a SeqN to its
// channel.
#include <polleros/backend/scripted.hpp>
#include <polleros/polleros.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using polleros::SeqN;
using polleros::Timeout;
using polleros::Triggers;

// `bytes` in all.
template <std::size_t bytes, bool local>
struct Source {
    int fd;
    Triggers wanted;
    std::array<char, bytes - 8> rest{};

    static constexpr bool intentIsLocal = local;
    [[nodiscard]] int handle() const noexcept { return fd; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
};
static_assert(sizeof(Source<16, true>) == 16 && sizeof(Source<64, true>) == 64);

// A poller in an imaginary kernel, with so many channels, all of them idle.
template <class S>
struct Bench {
    explicit Bench(std::int64_t channels) : poller({.initialChannels = static_cast<std::size_t>(channels)}) {
        poller.backend().keepCalls(0);
        for (std::int64_t index = 0; index < channels; ++index) {
            S source{};
            source.fd = kernel.openHandle();
            source.wanted = polleros::Trigger::recv;
            attached.push_back(&poller.attachChannel(std::move(source)));
        }
        poller.waitTriggers(Timeout::immediately());
    }

    polleros::backend::ScriptedKernel kernel;
    polleros::Poller<polleros::backend::Scripted, S> poller;
    std::vector<typename decltype(poller)::Channel*> attached;
};

// A wait that looks at every channel. Told per channel.
template <std::size_t bytes>
void scan(benchmark::State& state) {
    Bench<Source<bytes, false>> bench(state.range(0));
    while (state.KeepRunningBatch(state.range(0))) {
        bench.poller.waitTriggers(Timeout::immediately());
    }
}

// The same with nothing of it in the caches.
template <std::size_t bytes>
void scanCold(benchmark::State& state) {
    Bench<Source<bytes, false>> bench(state.range(0));
    std::vector<char> flush(std::size_t{64} << 20U);
    char value = 0;
    while (state.KeepRunningBatch(state.range(0))) {
        state.PauseTiming();
        for (std::size_t at = 0; at < flush.size(); at += 64) {
            flush[at] = ++value;
        }
        benchmark::ClobberMemory();
        state.ResumeTiming();
        bench.poller.waitTriggers(Timeout::immediately());
    }
}

// A wait of which nothing is asked, whatever the number of channels.
void idle(benchmark::State& state) {
    Bench<Source<16, true>> bench(state.range(0));
    for (auto _ : state) {
        bench.poller.waitTriggers(Timeout::immediately());
    }
}

// So many of the channels are touched before each wait, and have not changed. Told per touch, its wait included.
void touch(benchmark::State& state) {
    Bench<Source<16, true>> bench(100'000);
    std::shuffle(bench.attached.begin(), bench.attached.end(), std::mt19937(1));
    const auto touched = static_cast<std::size_t>(state.range(0));
    if (state.range(1) == 0) { // one behind the other
        std::sort(bench.attached.begin(), bench.attached.begin() + state.range(0));
    }
    while (state.KeepRunningBatch(state.range(0))) {
        for (std::size_t index = 0; index < touched; ++index) {
            benchmark::DoNotOptimize(bench.attached[index]->source().wanted);
        }
        bench.poller.waitTriggers(Timeout::immediately());
    }
}

// Channels that lie as in `touch()` read one behind the other, each telling which is the next: what memory takes of that.
void followed(benchmark::State& state) {
    struct Link {
        Link* next;
        std::array<char, 64> rest;
    };
    std::vector<Link> links(100'000);
    std::vector<std::size_t> order(links.size());
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    const auto touched = static_cast<std::size_t>(state.range(0));
    std::sort(order.begin(), order.begin() + state.range(0));
    for (std::size_t index = 0; index < touched; ++index) {
        links[order[index]].next = &links[order[(index + 1) % touched]];
    }
    const Link* link = &links[order[0]];
    while (state.KeepRunningBatch(state.range(0))) {
        for (std::size_t index = 0; index < touched; ++index) {
            link = link->next;
        }
    }
    benchmark::DoNotOptimize(link);
}

// From a SeqN to its channel, in random order, after every channel has been attached anew ten times. By pointers to the
// same channels in the same order, it is what memory takes by itself.
template <bool byPointer>
void lookUp(benchmark::State& state) {
    Bench<Source<16, true>> bench(state.range(0));
    std::mt19937 random(1);
    for (std::int64_t change = 0; change < state.range(0) * 10; ++change) {
        auto*& channel = bench.attached[random() % bench.attached.size()];
        auto source = *bench.poller.detachChannel(*channel);
        channel = &bench.poller.attachChannel(std::move(source));
    }
    std::shuffle(bench.attached.begin(), bench.attached.end(), random);
    std::vector<SeqN> names;
    for (const auto* const channel : bench.attached) {
        names.push_back(channel->seqN());
    }
    std::uint64_t sum = 0;
    while (state.KeepRunningBatch(state.range(0))) {
        for (std::size_t index = 0; index < names.size(); ++index) {
            const auto* const channel = byPointer ? bench.attached[index] : bench.poller.find(names[index]);
            sum += static_cast<std::uint64_t>(channel->peek().fd);
        }
    }
    benchmark::DoNotOptimize(sum);
}

} // namespace

BENCHMARK(scan<16>)->Name("full scan, source of 16 bytes, per channel")->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(scan<64>)->Name("full scan, source of 64 bytes, per channel")->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(scanCold<16>)->Name("full scan, cold, source of 16 bytes, per channel")->Arg(100'000)->Iterations(1'000'000);
BENCHMARK(idle)->Name("wait beside idle channels with local intents")->Arg(10)->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(touch)->Name("touched channel, in order")->Args({1000, 0})->Args({10'000, 0});
BENCHMARK(touch)->Name("touched channel, scattered")->Args({1000, 1})->Args({10'000, 1});
BENCHMARK(lookUp<false>)->Name("SeqN to channel, after churn")->Arg(10'000)->Arg(100'000);
BENCHMARK(lookUp<true>)->Name("pointer to channel, for comparison")->Arg(10'000)->Arg(100'000);
BENCHMARK(followed)->Name("list of channels followed, in order, for comparison")->Arg(1000)->Arg(10'000);
BENCHMARK_MAIN();
