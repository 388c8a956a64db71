// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <cstdio>

namespace demo {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

double seconds(Nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}
double milliseconds(Nanoseconds duration) {
    return seconds(duration) * 1e3;
}
double megabytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / 1e6;
}

/// "1 234 567".
std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t left = digits.size(); left > 3; left -= 3) {
        digits.insert(left - 3, 1, ' ');
    }
    return digits;
}

double ratio(std::uint64_t a, std::uint64_t b) {
    return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
}

void printKinds(const Findings& clients) {
    std::puts("connections           opened   ended by   half-close        reset   idle deadline");
    for (const Pace pace : {Pace::fast, Pace::slow}) {
        std::uint64_t opened = 0;
        std::uint64_t ended[endings] = {};
        for (std::size_t ending = 0; ending < endings; ++ending) {
            const Tally& tally = clients.of(pace, static_cast<Ending>(ending));
            opened += tally.opened;
            ended[ending] = tally.endedAsMeant;
        }
        std::printf("  %s readers   %11s %23s %12s %15s\n", pace == Pace::fast ? "fast" : "slow",
                    grouped(opened).c_str(), grouped(ended[0]).c_str(), grouped(ended[1]).c_str(),
                    grouped(ended[2]).c_str());
    }
}

void printLatency(const char* name, const Latency& latency, const char* what) {
    std::printf("%sp50 %.2f ms, p99 %.2f ms, max %.2f ms, of %s %s\n", name, milliseconds(latency.percentile(50)),
                milliseconds(latency.percentile(99)), milliseconds(latency.max()), grouped(latency.count()).c_str(),
                what);
}

void printTraffic(const Run& run) {
    std::printf("bytes                 %s MB sent, %s MB back and verified\n",
                grouped(static_cast<std::uint64_t>(megabytes(run.clients.bytesSent))).c_str(),
                grouped(static_cast<std::uint64_t>(megabytes(run.clients.bytesBack))).c_str());
    printLatency("echo latency          ", run.clients.latency, "messages of fast readers");
    printLatency("  and of the first    ", run.clients.firstLatency, "connections, until accepted and echoed");
    if (run.clients.longestSilence != Nanoseconds::zero()) {
        std::printf("idle deadlines        %lld ms; fast readers were ended after %.1f ms at the latest\n",
                    static_cast<long long>(run.settings.idleLimit.count()), milliseconds(run.clients.longestSilence));
    }
    std::printf("backpressure          %s pauses; never more than %.1f KB waiting for one reader\n",
                grouped(run.server.connections.pauses).c_str(),
                static_cast<double>(run.server.connections.highestOutput) / 1e3);
    if (run.shortage.lasted != Nanoseconds::zero()) {
        std::printf("no descriptors        for %.0f ms, on purpose: the listener rested %s times\n",
                    milliseconds(run.shortage.lasted), grouped(run.server.rests).c_str());
    }
}

void printPoller(const ServerReport& server) {
    const polleros::Stats& stats = server.stats;
    std::printf("poller (%s)        %s waits reported %s channels, %.1f each\n", server.backend.c_str(),
                grouped(stats.waits).c_str(), grouped(stats.reports).c_str(), ratio(stats.reports, stats.waits));
    std::printf("interest changes      %s made; telling the kernel at every message would have made %s\n",
                grouped(stats.modifies).c_str(), grouped(server.connections.changes).c_str());
    std::printf("                      beside one call to add and one to remove each connection: %s and %s\n",
                grouped(stats.adds).c_str(), grouped(stats.removes).c_str());
}

} // namespace

void printNumbers(const Run& run) {
    printKinds(run.clients);
    printTraffic(run);
    printPoller(run.server);
    std::printf("CPU time              %.2f s, of which the server %.2f s, in %.2f s\n", seconds(run.cpuTime),
                seconds(run.server.cpuTime), seconds(run.wallTime));
    // Whoever is kept from talking for that long meets his idle deadline. That would be nobody's fault but the machine's.
    if (run.clients.longestStall > run.settings.idleLimit / 4) {
        std::printf(
            "busy machine          a client thread came %.2f s late: some clients may seem idle who meant to talk\n",
            seconds(run.clients.longestStall));
    }
}

} // namespace demo
