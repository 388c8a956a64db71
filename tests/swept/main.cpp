// SPDX-License-Identifier: MIT
// The contract, swept: each case once without a fault; then once for every call it makes and every reason for which that
// may fail, and for every allocation. A case that is denied something may end as it likes. But whatever fails:
//
//   - nothing crashes, or hangs; no descriptor and no memory is lost; no wait spins
//   - the poller tells no error but those of the case, and those that are owed for the fault
//   - when the fault is over the poller serves a new channel, and is woken (support/aftermath.hpp)
//   - a fault that is nobody's business (a signal, a close that was interrupted, ...) changes nothing: the case passes,
//     unless it asks for exactly the calls that it makes otherwise, which its tag says: [exact]
//
// Not those tagged [slow], which are large, nor those tagged [unswept]: they are large, too, or need a signal or time that
// really passes, or do in a destructor, or behind the poller's back, what nothing may fail in. (CMakeLists.txt leaves out
// whole files of that kind, and those of threads and processes.)
//
// Each reason meets every seventh call (under Wine, whose one server is asked for each, every 31st), and which those are differs
// from one to the next. POLLEROS_SWEEP_STRIDE=1: every call.
// POLLEROS_SWEEP_SHOW=1 shows what fails in cases that may fail.
#define POLLEROS_TEST_MAIN
#include "faults/kernel.hpp"
#include "faults/run.hpp"
#include "support/aftermath.hpp"
#include "support/allocations.hpp"
#include "support/guard.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace polleros_test {
namespace {

using What = Run::What;
using Script = FaultScript<TheSweep>;

// What a case does when nothing fails.
struct Plain {
    std::string name;
    bool exact = false;
    CallCounts calls;
    std::size_t allocations = 0;
    std::vector<std::error_code> errors;
};

// What is on, and what has come of it.
Run run;
std::vector<Plain> plains;
Ended last;
std::size_t hits = 0;

// Around each case, and nothing inside of it.
class Player final : public Guard {
public:
    using Guard::Guard;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        exact_ = isTagged(info, "exact");
        Guard::testCaseStarting(info);
    }
    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        Stage::reset(); // what was to come does not
        Guard::testCaseEnded(stats);
    }

private:
    void begin() override {
        Stage::reset();
        Heard::all.clear();
        Truce::excluded = {};
        before_ = Counter<TheSweep>::counts();
        held_ = LibraryMemory::held();
        if (run.what == What::allocation) {
            LibraryMemory::failAt(run.k, run.lasts());
        } else {
            LibraryMemory::failAt(0, false);
        }
        allocations_ = LibraryMemory::asked();
        if (run.what == What::call) {
            Script::script({run.fault()});
        }
    }

    void end(const Ended& ended) override {
        const auto script = Script::progress();
        hits = script.empty() ? LibraryMemory::refused() : script.front().hits;
        Script::script({});
        LibraryMemory::failAt(0, false);
        if (LibraryMemory::held() != held_) {
            violate("keeps memory");
        }
        last = ended;
        if (run.what == What::nothing) {
            plains.push_back({ended.name, exact_, Counter<TheSweep>::counts() - before_ - Truce::excluded,
                              LibraryMemory::asked() - allocations_, Heard::all});
        }
    }

    CallCounts before_;
    std::ptrdiff_t held_ = 0;
    std::size_t allocations_ = 0;
    bool exact_ = false;
};

CATCH_REGISTER_LISTENER(Player)

class ContractSweep {
    static constexpr std::size_t most = 64; // of the calls of one kind are tried
    static constexpr unsigned enough = 20;  // broken promises

public:
    explicit ContractSweep(Catch::Session& session) : session_(session) {
        if (const char* const text = std::getenv("POLLEROS_SWEEP_STRIDE")) {
            stride_ = static_cast<std::size_t>(std::max(std::atoi(text), 1));
        }
        config_ = session.configData();
        config_.filenamesAsTags = false;
        if (std::getenv("POLLEROS_SWEEP_SHOW") == nullptr) {
            silence(config_);
        }
    }

    void sweep(const Plain& plain) {
        for (const Reason& reason : reasons()) {
            const std::size_t calls = std::min(plain.calls[reason.call], most);
            for (std::size_t k = first(); k <= calls && violations() < enough; k += stride_) {
                play(plain, {What::call, reason, k, 1, {}});
                play(plain, {What::call, reason, k, isRepeatable(reason) ? 50 : Fault::forEver, {}});
            }
        }
        for (std::size_t k = first(); k <= std::min(plain.allocations, most) && violations() < enough; k += stride_) {
            play(plain, {What::allocation, {Call::anyCall, 0}, k, 1, {}});
            play(plain, {What::allocation, {Call::anyCall, 0}, k, Fault::forEver, {}});
        }
    }

    [[nodiscard]] std::size_t plays() const { return plays_; }
    [[nodiscard]] std::size_t faults() const { return faults_; }
    // Plays in which the fault did not come to pass: what others do in between differs.
    [[nodiscard]] std::size_t missed() const { return missed_; }

private:
    [[nodiscard]] std::size_t first() { return 1 + turn_++ % stride_; }

    void play(const Plain& plain, const Run& next) {
        run = next;
        const unsigned before = violations();
        auto config = config_;
        config.testsOrTags = {literally(plain.name)};
        session_.useConfigData(config);
        session_.run();
        beginCase(plain.name);
        judge(plain);
        if (violations() != before) {
            std::fprintf(stderr, "  while %s\n", run.describe().c_str());
        }
        beginCase("");
        run = {};
        ++plays_;
        faults_ += hits;
        missed_ += hits == 0 ? 1U : 0U;
    }

    void judge(const Plain& plain) {
        if (last.name != plain.name) {
            violate("is not found by its name");
        }
        for (const std::error_code& ec : Heard::all) {
            if (!isExpected(plain, ec)) {
                violate("is told " + ec.message());
            }
        }
        if (last.failed != 0 && !plain.exact && isNobodysBusiness()) {
            violate("fails");
        }
    }

    [[nodiscard]] static bool isExpected(const Plain& plain, const std::error_code& ec) {
        if (std::find(plain.errors.begin(), plain.errors.end(), ec) != plain.errors.end()) {
            return true;
        }
        // A case that goes on may meet its own leftovers, or wait for what does not come.
        if (ec == polleros::Errc::alreadyAttached || ec == Stage::neverEnds()) {
            return true;
        }
        if (run.what == What::allocation) {
            return ec == polleros::Errc::outOfMemory;
        }
        // Of a signal, or of an old kernel, nobody hears.
        bool owed = !isInterruption(run.reason) && !isAbsence(run.reason) &&
                    ec == std::error_code(run.reason.error, std::system_category());
        forEachOwed([&](const Owed& each) { owed |= each.code == ec; });
        return owed;
    }
    // It is owed to nobody, and what was asked for was done, or is tried again. (Who does not wait is never interrupted by a
    // kernel, and does not look a second time.)
    [[nodiscard]] static bool isNobodysBusiness() {
        const bool retried = isInterruption(run.reason) ? !isWaitCall(run.reason.call) : isAbsence(run.reason);
        const bool done = run.reason.made && !isInterruption(run.reason);
        bool nobody = run.what == What::call && (done || retried);
        forEachOwed([&](const Owed& each) { nobody &= each.to == Owed::To::nobody; });
        return nobody;
    }
    template <class Function>
    static void forEachOwed(Function function) {
        for (const Doing doing : {Doing::constructing, Doing::attaching, Doing::makingWaker, Doing::preparing,
                                  Doing::waiting, Doing::harvesting, Doing::other}) {
            for (const bool ofChannel : {false, true}) {
                function(owedFor(run.reason.call, run.reason.error, doing, ofChannel));
            }
        }
    }

    [[nodiscard]] static const std::vector<Reason>& reasons() {
#if defined(_WIN32)
        static const std::vector<Reason> both = [] {
            std::vector<Reason> all = wepollReasons;
            all.insert(all.end(), winsockReasons.begin(), winsockReasons.end());
            return all;
        }();
        return both;
#elif POLLEROS_TEST_KQUEUE
        return kqueueReasons;
#else
        return linuxReasons;
#endif
    }
    // As Catch2 wants a name that has its own signs in it.
    [[nodiscard]] static std::string literally(const std::string& name) {
        std::string text;
        for (const char c : name) {
            if (c == ',' || c == '[' || c == '"' || c == '\\' || c == '*') {
                text += '\\';
            }
            text += c;
        }
        return text;
    }

    Catch::Session& session_;
    Catch::ConfigData config_;
#if defined(_WIN32)
    std::size_t stride_ = 31;
#else
    std::size_t stride_ = 7; // no factor of how many reasons there are, and one: else calls are passed over
#endif
    std::size_t turn_ = 0;
    std::size_t plays_ = 0;
    std::size_t faults_ = 0;
    std::size_t missed_ = 0;
};

} // namespace
} // namespace polleros_test

int main(int argc, char** argv) {
    using namespace polleros_test;
    Catch::Session session;
    if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) {
        return wrong;
    }
    if (const int result = session.run(); result != 0 || violations() != 0) {
        return 1;
    }
    ContractSweep sweep(session);
    const std::vector<Plain> cases = plains;
    for (const Plain& plain : cases) {
        sweep.sweep(plain);
    }
    std::printf("%zu faults in %zu plays of %zu cases, %zu without, %u promises broken\n", sweep.faults(),
                sweep.plays(), cases.size(), sweep.missed(), violations());
    if (4 * sweep.missed() > sweep.plays()) {
        std::fprintf(stderr, "FAILED: hardly a fault comes to pass\n");
        return 1;
    }
    std::printf("the run is over\n"); // wine.sh waits for it
    return violations() != 0 ? 1 : 0;
}
