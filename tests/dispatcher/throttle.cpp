// SPDX-License-Identifier: MIT
// D5: how often `writable` is told.
#include "loop.hpp"

#include <cstdlib>
#include <optional>
#include <set>

namespace polleros_test {
namespace {

using polleros::TimePoint;
using polleros::backend::Scripted;
using polleros::backend::ScriptedKernel;

// The variable, for as long as it lives.
class IntervalVariable {
public:
    explicit IntervalVariable(const char* value) { set(value); }
    IntervalVariable(const IntervalVariable&) = delete;
    IntervalVariable& operator=(const IntervalVariable&) = delete;
    ~IntervalVariable() { set(""); }

private:
    static void set(const char* value) {
#if defined(_WIN32)
        ::_putenv_s("POLLEROS_WRITABLE_INTERVAL_MS", value); // empty: no such variable
#else
        ::setenv("POLLEROS_WRITABLE_INTERVAL_MS", value, 1);
#endif
    }
};

// The time between two `writable`s, of which a kernel with a clock of its own makes as little as it may.
std::chrono::nanoseconds interval(const polleros::DispatcherOptions& options,
                                  const polleros::RegistrationOptions& registration) {
    ScriptedKernel kernel;
    kernel.advance(12'345'678ns);
    const TimePoint start = kernel.now();
    polleros::Dispatcher<Scripted> dispatcher(options);
    std::vector<TimePoint> times;
    REQUIRE_FALSE(dispatcher.registerHandle(
        kernel.openHandle(polleros::ReadyFlag::write), EventKind::writable,
        [&](const Event&) {
            times.push_back(kernel.now());
            if (times.size() == 3) {
                dispatcher.stop();
            }
        },
        registration));
    dispatcher.run();
    CHECK(times[0] == start); // at once
    CHECK(times[2] - times[1] <= times[1] - times[0]);
    return times[1] - times[0];
}

// No shorter, and longer by no more than it takes to come together.
bool isAbout(std::chrono::nanoseconds interval, std::chrono::nanoseconds wanted) {
    return interval >= wanted && interval <= wanted + wanted / 10;
}

} // namespace

TEST_CASE("D5 the interval is the registration's, else the dispatcher's, else the environment's, else 50 ms",
          "[dispatcher][threads]") {
    CHECK(isAbout(interval({}, {}), 50ms));
    CHECK(isAbout(interval({.writableInterval = 7ms}, {}), 7ms));
    CHECK(isAbout(interval({.writableInterval = 7ms}, {.writableInterval = 3ms}), 3ms));
    CHECK(interval({.writableInterval = 7ms}, {.writableInterval = 0ms}) == 0ns);
    CHECK(interval({.writableInterval = -7ms}, {}) == 0ns);
    const IntervalVariable variable("20");
    CHECK(isAbout(interval({}, {}), 20ms));
    CHECK(isAbout(interval({.writableInterval = 7ms}, {}), 7ms));
}

TEST_CASE("D5 what the environment says is taken for 5 to 5000 ms, and what is no number is ignored",
          "[dispatcher][threads]") {
    const auto meant = [](const char* text) { return polleros::detail::writableIntervalOf(text); };
    CHECK(meant("5") == 5ms);
    CHECK(meant("20") == 20ms);
    CHECK(meant("5000") == 5s);
    CHECK(meant("0") == 5ms);
    CHECK(meant("4") == 5ms);
    CHECK(meant("-100") == 5ms);
    CHECK(meant("5001") == 5s);
    CHECK(meant("99999999999999999999") == 5s);
    CHECK(meant("-99999999999999999999") == 5ms);
    for (const char* const rubbish : {"", " ", "fast", "20ms", " 20", "20 ", "2.5", "+20", "0x20", "-"}) {
        CAPTURE(rubbish);
        CHECK(meant(rubbish) == 50ms);
        const IntervalVariable variable(rubbish);
        CHECK(isAbout(interval({}, {}), 50ms));
    }
    const IntervalVariable variable("99999");
    CHECK(isAbout(interval({}, {}), 5s));
}

TEST_CASE("D5 times that are close come together, and none comes early", "[dispatcher][threads]") {
    using polleros::detail::nextWritable;
    for (const auto length : {50ms, 5ms, 1ms, 5000ms}) {
        std::set<TimePoint> moments;
        for (std::chrono::nanoseconds now = -70ms; now < 70ms; now += 123'457ns) {
            const TimePoint next = nextWritable(TimePoint(now), length);
            CHECK(isAbout(next - TimePoint(now), length));
            CHECK(nextWritable(next - length, length) == next);
            moments.insert(next);
        }
        if (length >= 50ms) {
            CHECK(moments.size() <= 140ms / 5ms + 1);
        }
    }
    CHECK(nextWritable(TimePoint(100ns), 5ns) == TimePoint(105ns));
    CHECK(nextWritable(TimePoint(1ns), std::chrono::nanoseconds::max()) == polleros::noDeadline);
}

TEST_CASE("D5 an interval that is over when a handler stops the loop is over for the next loop",
          "[dispatcher][threads]") {
    ScriptedKernel kernel;
    polleros::Dispatcher<Scripted> dispatcher;
    int calls = 0;
    int most = 0;
    int told = 0;
    REQUIRE_FALSE(
        dispatcher.registerHandle(kernel.openHandle(polleros::ReadyFlag::read), EventKind::readable, [&](const Event&) {
            if (++calls >= most) {
                dispatcher.stop();
            }
        }));
    REQUIRE_FALSE(dispatcher.registerHandle(kernel.openHandle(polleros::ReadyFlag::write), EventKind::writable,
                                            [&](const Event&) { ++told; }, {.writableInterval = 5ms}));
    for (const int loops : {2, 1, 3}) { // of which the second ends before the other's turn
        most = loops;
        calls = 0;
        dispatcher.run();
        kernel.advance(10ms);
    }
    CHECK(told == 2);
}

TEMPLATE_TEST_CASE("D5 a thousand sockets with room do not wake a loop a thousand times",
                   "[dispatcher][threads][sleeps]", POLLEROS_REAL_BACKENDS) {
    const int count = sanitized || isTranslated() || TestType::isKqueue || Kernel::slowness > 1 ? 50 : 1000;
    Loop<TestType> loop;
    const FdPair pair = makePair(PairKind::unixStream);
    std::vector<Fd> duplicates;
    REQUIRE_FALSE(loop.start());
    for (int index = 0; index < count; ++index) {
        duplicates.push_back(duplicateOf(pair.ours.get()));
        REQUIRE_FALSE(loop.registerHandle(duplicates.back().get(), EventKind::writable, [](const Event&) {},
                                          {.writableInterval = 100ms}));
    }
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t before = loop.stats().waits;
    std::this_thread::sleep_for(400ms);
    const std::uint64_t waits = loop.stats().waits - before;
    const auto took = std::chrono::steady_clock::now() - start;
    loop.stop();
    CAPTURE(waits);
    CHECK(waits <= static_cast<std::uint64_t>(3 * (took / 5ms + 1) + 4)); // at most one time in 5 ms is anybody's
}

TEMPLATE_TEST_CASE("D5 between two intervals the loop sleeps", "[dispatcher][threads][sleeps]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop({.writableInterval = 10s});
    std::vector<FdPair> pairs;
    for (int index = 0; index < 20; ++index) {
        pairs.push_back(makePair(PairKind::unixStream));
        REQUIRE_FALSE(loop.note(pairs.back().ours.get(), EventKind::writable));
    }
    loop.untilTold(20);
    REQUIRE_FALSE(loop.start());
    const std::uint64_t before = loop.stats().waits;
    const CpuBudget budget;
    std::this_thread::sleep_for(50ms);
    CHECK(loop.stats().waits - before <= 3); // one, and those that step out for who asks
    CHECK(loop.told.size() == 20);
    loop.stop();
}

TEMPLATE_TEST_CASE("D5 readable does not wait for writable's interval", "[dispatcher][threads]",
                   POLLEROS_REAL_BACKENDS) {
    Loop<TestType> loop({.writableInterval = 1h});
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::readable | EventKind::writable));
    loop.untilTold(1);
    CHECK(loop.told[0].kind == EventKind::writable);
    writeBytes(pair.peer.get(), 1);
    loop.untilTold(10);
    CHECK(loop.count(EventKind::writable) == 1);
    CHECK(loop.count(EventKind::readable) == 10);
    REQUIRE_FALSE(loop.note(pair.ours.get(), EventKind::writable)); // anew, and so it is told at once
    loop.untilTold(1);
    CHECK(loop.count(EventKind::writable) == 2);
}

} // namespace polleros_test
