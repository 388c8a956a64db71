// SPDX-License-Identifier: MIT
// Guard: what a main() watches over every test case: a watchdog, that no descriptor leaks, and what time and CPU time it
// takes. For the one source file that defines POLLEROS_TEST_MAIN.
#pragma once

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/harness.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <map>

namespace polleros_test {

// A case that is over.
struct Ended {
    std::string name;
    bool sleeps = false;
    std::uint64_t checks = 0;
    std::uint64_t failed = 0;
    std::string gate; // why it was skipped, if it was
    std::chrono::nanoseconds wall{};
    std::chrono::nanoseconds cpu{};
};

[[nodiscard]] inline std::chrono::seconds watchdogLimit() {
    const char* const text = std::getenv("POLLEROS_TEST_WATCHDOG");
    const int seconds = text != nullptr ? std::atoi(text) : 60;
    return std::chrono::seconds(seconds);
}

[[nodiscard]] inline bool isTagged(const Catch::TestCaseInfo& info, const std::string& tag) {
    std::string tags = info.tagsAsString();
    std::transform(tags.begin(), tags.end(), tags.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return tags.find('[' + tag + ']') != std::string::npos;
}

class Guard : public CatchListener {
public:
    using CatchListener::CatchListener;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        CatchListener::testCaseStarting(info);
        beginCase(info.name);
        ended_ = {};
        ended_.name = info.name;
        ended_.sleeps = isTagged(info, "sleeps");
        open_ = openFds();
        armWatchdog(info.name, watchdogLimit());
        begin();
        wall_ = std::chrono::steady_clock::now();
        cpu_ = cpuTime();
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        ended_.cpu = cpuTime() - cpu_;
        ended_.wall = std::chrono::steady_clock::now() - wall_;
        disarmWatchdog();
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
        ended_.checks = checks.passed + checks.failed + checks.failedButOk;
        ended_.failed = checks.failed;
        ended_.gate = gateReason(ended_.name);
        end(ended_);
        beginCase("");
        CatchListener::testCaseEnded(stats);
    }

protected:
    virtual void begin() {}
    virtual void end(const Ended& ended) = 0;

private:
    std::map<NativeHandle, std::string> open_;
    Ended ended_;
    std::chrono::steady_clock::time_point wall_;
    std::chrono::nanoseconds cpu_{};
};

} // namespace polleros_test
