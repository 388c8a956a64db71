// SPDX-License-Identifier: MIT
// main() of every test executable: Catch2, and around each case a watchdog, a check that no descriptor leaks, and for
// those tagged [sleeps] a CPU budget. SIGPIPE keeps its default: the library must never raise it.
#define POLLEROS_TEST_MAIN
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/harness.hpp"
#include "support/results.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace polleros_test {
namespace {

std::string& caseName() {
    static std::string name;
    return name;
}

unsigned violations = 0;
bool anyFailed = false;

std::chrono::seconds watchdogLimit() {
    const char* const text = std::getenv("POLLEROS_TEST_WATCHDOG");
    const int seconds = text != nullptr ? std::atoi(text) : 60;
    return std::chrono::seconds(seconds);
}

bool isTagged(const Catch::TestCaseInfo& info, const std::string& tag) {
    std::string tags = info.tagsAsString();
    std::transform(tags.begin(), tags.end(), tags.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return tags.find('[' + tag + ']') != std::string::npos;
}

class Guard final : public CatchListener {
public:
    using CatchListener::CatchListener;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        CatchListener::testCaseStarting(info);
        caseName() = info.name;
        sleeps_ = isTagged(info, "sleeps");
        violationsBefore_ = violations;
        open_ = openFds();
        armWatchdog(caseName(), watchdogLimit());
        wall_ = std::chrono::steady_clock::now();
        cpu_ = cpuTime();
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        const auto cpu = cpuTime() - cpu_;
        const auto wall = std::chrono::steady_clock::now() - wall_;
        disarmWatchdog();
        if (sleeps_) {
            if (const std::string complaint = budgetExceeded(cpu, wall); !complaint.empty()) {
                violate(complaint);
            }
        }
        for (const auto& [fd, target] : openFds()) {
            if (open_.find(fd) == open_.end()) {
                violate("leaves descriptor " + std::to_string(fd) + " open: " + target);
            }
        }
        for (const auto& [fd, target] : open_) {
            if (!isOpen(fd)) {
                violate("closed descriptor " + std::to_string(fd) + ", which was not its own: " + target);
            }
        }
        const auto& checks = stats.totals.assertions; // total() counts v3's skips
        const auto checked = checks.passed + checks.failed + checks.failedButOk;
        const std::string reason = gateReason(caseName());
        if (checked == 0 && reason.empty()) {
            violate("checked nothing, and no GATE says why");
        }
        const bool failed = checks.failed != 0 || violations != violationsBefore_;
        recordResult(caseName(), failed ? Outcome::failed : checked == 0 ? Outcome::skipped : Outcome::passed, reason);
        caseName().clear();
        CatchListener::testCaseEnded(stats);
    }

    void testRunEnded(const Catch::TestRunStats& stats) override {
        anyFailed = stats.totals.testCases.failed != 0 || stats.totals.assertions.failed != 0;
        CatchListener::testRunEnded(stats);
    }

private:
    std::map<NativeHandle, std::string> open_;
    std::chrono::steady_clock::time_point wall_;
    std::chrono::nanoseconds cpu_{};
    unsigned violationsBefore_ = 0;
    bool sleeps_ = false;
};

CATCH_REGISTER_LISTENER(Guard)

} // namespace

const std::string& currentCase() {
    return caseName();
}

void violate(const std::string& what) {
    ++violations;
    std::fprintf(stderr, "FAILED: \"%s\" %s\n", caseName().c_str(), what.c_str());
}

bool isTranslated() {
    static const bool translated = [] {
        std::ifstream file("/proc/self/comm");
        std::string name;
        return std::getline(file, name) && (name.rfind("qemu-", 0) == 0 || name.rfind("memcheck-", 0) == 0);
    }();
    return translated;
}

std::string budgetExceeded(std::chrono::nanoseconds cpu, std::chrono::nanoseconds wall) {
    const int slower = isTranslated() ? 10 : sanitized ? 3 : Kernel::slowness; // zig sanitizes what is for debugging
    const auto noise = slower * std::chrono::milliseconds(20);
    const int fifths = std::min(slower, 3); // of the time: who spins uses nearly all of it
    if (cpu <= noise || cpu * 5 <= wall * fifths) {
        return {};
    }
    const auto milliseconds = [](std::chrono::nanoseconds time) {
        return std::to_string(time.count() / 1'000'000) + " ms";
    };
    return "used " + milliseconds(cpu) + " of CPU in " + milliseconds(wall) + ": it spins";
}

} // namespace polleros_test

int main(int argc, char** argv) {
    const int result = Catch::Session().run(argc, argv);
    polleros_test::printGates();
    polleros_test::writeResults();
    std::printf("the run is over\n"); // wine.sh waits for it: a Windows program whose Wine died ends with 0
    if (polleros_test::violations != 0) {
        std::fprintf(stderr, "%u promises of the harness broken, see FAILED above\n", polleros_test::violations);
        return 1;
    }
    // Catch2 v3 says 4 when every case was skipped, which CTest is told about; some of its versions also when four
    // checks have failed.
    return polleros_test::anyFailed ? 1 : result;
}
