// SPDX-License-Identifier: MIT
// The demo: an echo server with backpressure and idle deadlines under a thousand real connections. Every byte is
// verified, and every promise that can be checked from outside is. Exit status 1 if one is broken.
//
//   polleros_demo [--seconds 10] [--connections 1000]
#include "crowd.hpp"
#include "joining_thread.hpp"
#include "report.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "shortage.hpp"
#include "system.hpp"
#include "watchdog.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <exception>
#include <thread>
#include <vector>

namespace {

using namespace demo;
using namespace std::chrono_literals;

/// Two descriptors a connection, and one more while the server has not seen the end of its predecessor.
constexpr std::size_t descriptorsFor(std::size_t connections) {
    return 3 * connections + 128;
}

/// As many connections as there can be descriptors for.
Settings withinLimits(Settings settings) {
    const std::size_t limit = raiseDescriptorLimit(descriptorsFor(settings.connections));
    if (limit < descriptorsFor(settings.connections)) {
        settings.connections = limit <= 256 ? 1 : (limit - 128) / 3;
        std::printf("The hard limit of %zu descriptors is too low: %zu connections instead.\n", limit,
                    settings.connections);
    }
    settings.clientThreads = std::min(settings.clientThreads, settings.connections);
    return settings;
}

/// Clients on their threads, until all of them are over.
Findings visit(const Settings& settings, Server& server, Progress& progress, Shortage& shortage) {
    const auto start = polleros::Clock::now();
    const auto end = start + settings.seconds;
    std::deque<Crowd> crowds;
    std::vector<JoiningThread> threads;
    std::atomic<std::size_t> busy = settings.clientThreads;
    for (std::size_t index = 0; index < settings.clientThreads; ++index) {
        const std::size_t size = (settings.connections + index) / settings.clientThreads;
        Crowd& crowd = crowds.emplace_back(settings, server.endpoint(), size, index + 1, progress);
        threads.emplace_back([&crowd, &busy, end] {
            crowd.run(end);
            --busy;
        });
    }

    ProgressLine line(progress);
    bool starved = false;
    while (busy != 0) {
        std::this_thread::sleep_for(50ms);
        line.update();
        if (!starved && polleros::Clock::now() - start > settings.seconds / 2) {
            starved = true;
            shortage = starveOfDescriptors(server.endpoint(), 200ms);
        }
    }
    line.end();
    threads.clear();
    Findings findings;
    std::for_each(crowds.begin(), crowds.end(), [&](const Crowd& crowd) { findings.merge(crowd.findings()); });
    return findings;
}

bool demonstrate(const Settings& settings) {
    const auto start = polleros::Clock::now();
    const std::size_t descriptorsBefore = openDescriptors();
    Progress progress;
    ServerReport serverReport;
    Findings findings;
    Shortage shortage;
    {
        Server server(settings, progress);
        std::printf("%zu connections on %s for %lld s, with %zu client threads\n\n", settings.connections,
                    server.endpoint().toString().c_str(), static_cast<long long>(settings.seconds.count()),
                    settings.clientThreads);
        JoiningThread serving([&] { server.run(); });
        findings = visit(settings, server, progress, shortage);
        server.stop();
        serving.join();
        serverReport = server.report();
    }
    const Run run{.settings = settings,
                  .server = serverReport,
                  .clients = findings,
                  .shortage = shortage,
                  .wallTime = polleros::Clock::now() - start,
                  .cpuTime = processCpuTime(),
                  .descriptorsBefore = descriptorsBefore,
                  .descriptorsAfter = openDescriptors()};
    printNumbers(run);
    std::puts("");
    return printPromises(run);
}

} // namespace

int main(int count, char** arguments) {
    try {
        const Settings settings = withinLimits(settingsFrom(count, arguments));
        const Watchdog watchdog(settings.seconds + 20s);
        return demonstrate(settings) ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "polleros_demo: %s\n", error.what());
        return 1;
    }
}
