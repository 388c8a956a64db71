// SPDX-License-Identifier: MIT
// Runs every row with every loop that was compiled in, the loops of a row in random order right behind each other: what
// is compared is measured within a second or two of the same machine's life.
//
//   polleros_bench --round=3 --channels=1000 [--benchmark_filter=W1] [any option of Google Benchmark's]
//
// cmake/bench.cmake runs it several times and makes the table.
#include "peers.hpp"
#include "rows.hpp"

#include <algorithm>
#include <random>
#include <string_view>

namespace bench {

std::vector<Entry>& entries() {
    static std::vector<Entry> all;
    return all;
}

std::size_t mostChannels(std::size_t wanted) {
    static const std::size_t most = allowDescriptors(wanted);
    return most;
}

} // namespace bench

int main(int argc, char** argv) {
    unsigned round = 1;
    unsigned channels = 100'000;
    const auto isOption = [](std::string_view argument, std::string_view name, unsigned& value) {
        if (argument.substr(0, name.size()) != name) {
            return false;
        }
        value = static_cast<unsigned>(std::atoi(argument.data() + name.size()));
        return true;
    };
    char** const end = std::remove_if(argv + 1, argv + argc, [&](const char* argument) {
        return isOption(argument, "--round=", round) || isOption(argument, "--channels=", channels);
    });
    argc = static_cast<int>(end - argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }

    static_cast<void>(bench::mostChannels(channels));
    bench::addHandWritten();
    bench::addPollerOs();
#if BENCH_HAS_LIBEV
    bench::addLibev();
#endif
#if BENCH_HAS_LIBEVENT
    bench::addLibevent();
#endif
#if BENCH_HAS_LIBUV
    bench::addLibuv();
#endif
#if BENCH_HAS_ASIO
    bench::addAsio();
#endif
    auto& entries = bench::entries();
    std::vector<std::string> rows;
    for (const auto& entry : entries) {
        if (std::find(rows.begin(), rows.end(), entry.row) == rows.end()) {
            rows.push_back(entry.row);
        }
    }
    std::shuffle(entries.begin(), entries.end(), std::mt19937(round));
    for (const auto& row : rows) {
        for (const auto& entry : entries) {
            if (entry.row == row) {
                auto* const made = benchmark::RegisterBenchmark((row + "/" + entry.loop).c_str(), entry.run);
                if (entry.time == bench::Time::onTheWall) {
                    made->UseRealTime();
                }
            }
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
