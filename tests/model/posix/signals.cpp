// SPDX-License-Identifier: MIT
// The random programs in a storm of signals, a thousand a second. They hit a poller's waits, and all calls of who stands
// on one, but nothing else: what the test itself does to the world may not be interrupted.
#include "support/signals.hpp"

#include "model/facade_lanes.hpp"
#include "model/seeds.hpp"
#include "support/harness.hpp"

#include <csignal>

#include <pthread.h>

namespace polleros_test {
namespace {

class Storm final : public Weather {
public:
    Storm() {
        // As of a program that does not ask for calls to be restarted.
        struct ::sigaction action{};
        ::sigaction(SIGUSR1, nullptr, &action);
        action.sa_flags &= ~SA_RESTART;
        ::sigaction(SIGUSR1, &action, nullptr);
        waitEnds();
    }
    ~Storm() override { waitStarts(); }

    [[nodiscard]] bool takesTime() const override { return true; }
    void waitStarts() override { mask(SIG_UNBLOCK); }
    void waitEnds() override { mask(SIG_BLOCK); }
    [[nodiscard]] int signals() const { return timer_.count(); }

private:
    static void mask(int how) {
        ::sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGUSR1);
        ::pthread_sigmask(how, &set, nullptr);
    }

    SignalTimer timer_ = signalStorm(1'000);
};

} // namespace

TEST_CASE("signals change nothing of what a program is promised", "[model]") {
    const Storm storm;
    checkSeeds(1, 150);
    CHECK(storm.signals() > 100);
}

TEST_CASE("signals change nothing of what the facades promise a program", "[model]") {
    const Storm storm;
    checkSeeds(1, isTranslated() ? 15 : 50, facadeLanes); // each of whose waits takes a millisecond
    CHECK(storm.signals() > 100);
}

} // namespace polleros_test
