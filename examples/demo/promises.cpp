// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <cstdio>
#include <string>

namespace demo {
namespace {

/// Prints each promise, and remembers whether one was broken.
class Verdict {
public:
    void check(bool kept, const char* promise, const std::string& otherwise) {
        std::printf("  %s  %s%s%s\n", kept ? "kept  " : "BROKEN", promise, kept ? "" : ": ",
                    kept ? "" : otherwise.c_str());
        allKept_ = allKept_ && kept;
    }
    [[nodiscard]] bool allKept() const noexcept { return allKept_; }

private:
    bool allKept_ = true;
};

std::uint64_t endedAsMeant(const Findings& clients, Ending ending) {
    return clients.of(Pace::fast, ending).endedAsMeant + clients.of(Pace::slow, ending).endedAsMeant;
}

std::uint64_t opened(const Findings& clients) {
    std::uint64_t sum = 0;
    for (const auto& kinds : clients.kinds) {
        for (const Tally& tally : kinds) {
            sum += tally.opened;
        }
    }
    return sum;
}

std::string apart(std::uint64_t made, std::uint64_t seen) {
    return std::to_string(made) + " made, " + std::to_string(seen) + " seen";
}

void checkClients(const Run& run, Verdict& verdict) {
    const Findings& clients = run.clients;
    verdict.check(clients.wrong == 0, "every byte that came back was the right one, in its place",
                  std::to_string(clients.wrong) + " pieces were wrong");
    verdict.check(clients.lost == 0, "whoever ended in good order had everything back before the end",
                  std::to_string(clients.lost) + " bytes lost");
    verdict.check(clients.early == 0, "no idle deadline was early",
                  std::to_string(clients.early) + " were, one after " +
                      std::to_string(std::chrono::duration<double>(clients.shortestSilence).count()) + " s");
    verdict.check(clients.unexpected == 0, "no connection ended otherwise",
                  std::to_string(clients.unexpected) + " did, the first with: " + clients.firstUnexpected);
}

/// Both sides tell the same story.
void checkEnds(const Run& run, Verdict& verdict) {
    const auto seen = [&](End end) { return run.server.ends[static_cast<std::size_t>(end)]; };
    const std::uint64_t finished = endedAsMeant(run.clients, Ending::halfClose) + run.shortage.guests;
    const std::uint64_t resets = endedAsMeant(run.clients, Ending::reset);
    const std::uint64_t idle = endedAsMeant(run.clients, Ending::silence);
    verdict.check(finished == seen(End::finished), "every half-close was seen as an end",
                  apart(finished, seen(End::finished)));
    verdict.check(resets == seen(End::reset), "every reset was seen as a reset", apart(resets, seen(End::reset)));
    verdict.check(idle == seen(End::idle), "every silence was ended by its deadline", apart(idle, seen(End::idle)));
    verdict.check(seen(End::broken) == 0 && run.server.refused == 0, "no connection broke or was refused",
                  run.server.breakage);
    const std::uint64_t made = opened(run.clients) + run.shortage.guests;
    verdict.check(made == run.server.accepted, "every connection was accepted", apart(made, run.server.accepted));
}

void checkPoller(const Run& run, Verdict& verdict) {
    const polleros::Stats& stats = run.server.stats;
    const Conduct& conduct = run.server.connections;
    verdict.check(
        stats.fruitlessWaits == 0 && stats.waits <= stats.reports + stats.wakes, "no wait returned for nothing",
        std::to_string(stats.fruitlessWaits) + " fruitless, " + std::to_string(stats.waits) + " waits in all");
    verdict.check(conduct.inVain == 0, "no connection was reported with nothing to do",
                  std::to_string(conduct.inVain) + " were");
    verdict.check(stats.modifies <= conduct.changes, "the kernel was told no more than changed",
                  std::to_string(stats.modifies) + " changes made, " + std::to_string(conduct.changes) + " needed");
    if (run.shortage.lasted != std::chrono::nanoseconds::zero()) {
        const auto mostRests = static_cast<std::uint64_t>(run.shortage.lasted / Listener::restTime) + 2;
        verdict.check(run.server.rests <= mostRests, "a listener without descriptors rests",
                      std::to_string(run.server.rests) + " attempts");
    }
    verdict.check(stats.failedChanges == 0, "the kernel took every change",
                  std::to_string(stats.failedChanges) + " refused");
    verdict.check(conduct.highestOutput <= Connection::watermark + Connection::chunk, "backpressure held",
                  std::to_string(conduct.highestOutput) + " bytes were waiting for one reader");
    verdict.check(run.server.leftOver == 0, "no channel is left over", std::to_string(run.server.leftOver) + " are");
    verdict.check(run.descriptorsBefore == run.descriptorsAfter, "no descriptor leaked",
                  std::to_string(run.descriptorsBefore) + " before, " + std::to_string(run.descriptorsAfter) +
                      " after");
}

} // namespace

bool printPromises(const Run& run) {
    Verdict verdict;
    std::puts("promises");
    checkClients(run, verdict);
    checkEnds(run, verdict);
    checkPoller(run, verdict);
    std::puts(verdict.allKept() ? "\nAll promises were kept." : "\nPromises were broken.");
    return verdict.allKept();
}

} // namespace demo
