// SPDX-License-Identifier: MIT
// main() of every test executable: Catch2, and around each case a watchdog, a check that no descriptor leaks, and for
// those tagged [sleeps] a CPU budget. SIGPIPE keeps its default: the library must never raise it.
#define POLLEROS_TEST_MAIN
#include "support/guard.hpp"
#include "support/results.hpp"

namespace polleros_test {
namespace {

bool anyFailed = false;

class Keeper final : public Guard {
public:
    using Guard::Guard;

    void testRunEnded(const Catch::TestRunStats& stats) override {
        anyFailed = stats.totals.testCases.failed != 0 || stats.totals.assertions.failed != 0;
        Guard::testRunEnded(stats);
    }

private:
    void begin() override { before_ = violations(); }

    void end(const Ended& ended) override {
        if (ended.sleeps) {
            if (const std::string complaint = budgetExceeded(ended.cpu, ended.wall); !complaint.empty()) {
                violate(complaint);
            }
        }
        if (ended.checks == 0 && ended.gate.empty()) {
            violate("checked nothing, and no GATE says why");
        }
        const bool failed = ended.failed != 0 || violations() != before_;
        recordResult(ended.name,
                     failed              ? Outcome::failed
                     : ended.checks == 0 ? Outcome::skipped
                                         : Outcome::passed,
                     ended.gate);
    }

    unsigned before_ = 0;
};

CATCH_REGISTER_LISTENER(Keeper)

} // namespace
} // namespace polleros_test

int main(int argc, char** argv) {
    const int result = Catch::Session().run(argc, argv);
    polleros_test::printGates();
    polleros_test::writeResults();
    std::printf("the run is over\n"); // wine.sh waits for it: a Windows program whose Wine died ends with 0
    if (polleros_test::violations() != 0) {
        std::fprintf(stderr, "%u promises of the harness broken, see FAILED above\n", polleros_test::violations());
        return 1;
    }
    // Catch2 v3 says 4 when every case was skipped, which CTest is told about; some of its versions also when four
    // checks have failed.
    return polleros_test::anyFailed ? 1 : result;
}
