// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/timeout.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>

using namespace std::chrono_literals;
using polleros::Clock;
using polleros::earliest;
using polleros::noDeadline;
using polleros::Timeout;
using polleros::TimePoint;
using std::chrono::nanoseconds;

namespace {
constexpr TimePoint at(std::int64_t nanosecondsSinceEpoch) {
    return TimePoint(nanoseconds(nanosecondsSinceEpoch));
}
constexpr auto largest = std::numeric_limits<std::int64_t>::max();
constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
constexpr TimePoint now = at(1'000);
TimePoint readClock() {
    return std::chrono::time_point_cast<nanoseconds>(Clock::now());
}
} // namespace

TEST_CASE("never is never") {
    STATIC_REQUIRE(Timeout::never().isNever());
    STATIC_REQUIRE_FALSE(Timeout::never().isImmediate());
    STATIC_REQUIRE(Timeout::never().deadline(now) == noDeadline);
    STATIC_REQUIRE(Timeout::never().remaining(now) == nanoseconds::max());
    STATIC_REQUIRE(Timeout::never().toMilliseconds(now) == -1);
    STATIC_REQUIRE(Timeout(noDeadline).isNever());
}

TEST_CASE("zero and less poll") {
    STATIC_REQUIRE(Timeout(0s).isImmediate());
    STATIC_REQUIRE(Timeout(-1ns).isImmediate());
    STATIC_REQUIRE(Timeout(-5h).isImmediate());
    STATIC_REQUIRE(Timeout(nanoseconds::min()).isImmediate());
    STATIC_REQUIRE(Timeout(std::chrono::hours::min()).isImmediate());
    STATIC_REQUIRE(Timeout(std::chrono::duration<double>(-0.0)).isImmediate());
    STATIC_REQUIRE(Timeout(std::chrono::duration<double>(-1e300)).isImmediate());
    STATIC_REQUIRE(Timeout::immediately().toMilliseconds(now) == 0);
    STATIC_REQUIRE(Timeout::immediately().deadline(now) == now);
}

TEST_CASE("a huge duration is never") {
    STATIC_REQUIRE(Timeout(std::chrono::hours::max()).isNever());
    STATIC_REQUIRE(Timeout(std::chrono::seconds::max()).isNever());
    STATIC_REQUIRE(Timeout(nanoseconds::max()).isNever());
    STATIC_REQUIRE(Timeout(std::chrono::duration<double>(1e300)).isNever());
    STATIC_REQUIRE(Timeout(std::chrono::duration<std::uint64_t>(std::numeric_limits<std::uint64_t>::max())).isNever());
    STATIC_REQUIRE(Timeout(std::chrono::duration<int, std::giga>(10)).isNever());
}

TEST_CASE("an infinite duration is never, minus infinity and no number poll") {
    const auto seconds = [](double count) { return Timeout(std::chrono::duration<double>(count)); };
    CHECK(seconds(std::numeric_limits<double>::infinity()).isNever());
    CHECK(seconds(-std::numeric_limits<double>::infinity()).isImmediate());
    CHECK(seconds(std::numeric_limits<double>::quiet_NaN()).isImmediate());
    CHECK(Timeout(std::chrono::duration<float>(std::numeric_limits<float>::quiet_NaN())).isImmediate());
}

TEST_CASE("a duration that fits is kept to the nanosecond") {
    STATIC_REQUIRE(Timeout(1ns).remaining(now) == 1ns);
    STATIC_REQUIRE(Timeout(100 * 365 * 24h).remaining(now) == 100 * 365 * 24h);
    STATIC_REQUIRE_FALSE(Timeout(290 * 365 * 24h).isNever());
}

TEST_CASE("fractions of a nanosecond are rounded up") {
    STATIC_REQUIRE(Timeout(std::chrono::duration<int, std::pico>(1)).remaining(now) == 1ns);
    STATIC_REQUIRE(Timeout(std::chrono::duration<int, std::pico>(1'001)).remaining(now) == 2ns);
    STATIC_REQUIRE(Timeout(std::chrono::duration<double, std::nano>(0.25)).remaining(now) == 1ns);
    STATIC_REQUIRE_FALSE(Timeout(std::chrono::duration<double>(1e-30)).isImmediate());
    STATIC_REQUIRE(Timeout(std::chrono::duration<std::int64_t, std::atto>(largest)).remaining(now) == 9'223'372'037ns);
}

TEST_CASE("a period that nanoseconds do not divide is rounded up") {
    using Frames = std::chrono::duration<std::int64_t, std::ratio<1, 60>>;
    STATIC_REQUIRE(Timeout(Frames(1)).remaining(now) == 16'666'667ns);
    STATIC_REQUIRE(Timeout(Frames(60)).remaining(now) == 1s);
    STATIC_REQUIRE(Timeout(Frames::max()).isNever());
}

TEST_CASE("a century of film frames does not overflow") {
    using Frames = std::chrono::duration<std::int64_t, std::ratio<1, 60>>;
    const Timeout century(Frames(std::int64_t{60} * 3600 * 24 * 365 * 150));
    CHECK(century.remaining(now) == 150 * 365 * 24h);
}

TEST_CASE("unsigned and narrow representations do not wrap") {
    STATIC_REQUIRE(Timeout(std::chrono::duration<std::uint8_t, std::milli>(200)).toMilliseconds(now) == 200);
    STATIC_REQUIRE(Timeout(std::chrono::duration<int, std::ratio<3600>>(24)).remaining(now) == 24h);
    STATIC_REQUIRE(Timeout(std::chrono::duration<unsigned>(4'000'000'000U)).remaining(now) == 4'000'000'000s);
}

TEST_CASE("milliseconds are rounded up, so that no wait ends early") {
    STATIC_REQUIRE(Timeout(1ns).toMilliseconds(now) == 1);
    STATIC_REQUIRE(Timeout(1ms).toMilliseconds(now) == 1);
    STATIC_REQUIRE(Timeout(1'000'001ns).toMilliseconds(now) == 2);
    STATIC_REQUIRE(Timeout(20ms).toMilliseconds(now) == 20);
    STATIC_REQUIRE(Timeout(at(1'000 + 1)).toMilliseconds(now) == 1);
    STATIC_REQUIRE(Timeout(at(1'000)).toMilliseconds(now) == 0);
}

TEST_CASE("milliseconds beyond an int are the largest int, never negative") {
    constexpr int most = std::numeric_limits<int>::max();
    STATIC_REQUIRE(Timeout(std::chrono::milliseconds(most)).toMilliseconds(now) == most);
    STATIC_REQUIRE(Timeout(std::chrono::milliseconds(std::int64_t{most} + 1)).toMilliseconds(now) == most);
    STATIC_REQUIRE(Timeout(24h * 365 * 100).toMilliseconds(now) == most);
    STATIC_REQUIRE(Timeout(at(largest - 1)).toMilliseconds(at(0)) == most);
}

TEST_CASE("the deadline of a duration that reaches past the end of time is never") {
    STATIC_REQUIRE(Timeout(1h).deadline(at(largest - 5)) == noDeadline);
    STATIC_REQUIRE(Timeout(nanoseconds(largest / 2)).deadline(at(largest / 2 + 10)) == noDeadline);
    STATIC_REQUIRE(Timeout(5ns).deadline(at(largest - 5)) == noDeadline);
    STATIC_REQUIRE(Timeout(4ns).deadline(at(largest - 5)) == at(largest - 1));
    STATIC_REQUIRE(Timeout(1h).deadline(at(-1'000)) == at(-1'000) + 1h);
}

TEST_CASE("a point in the past has no time left") {
    STATIC_REQUIRE(Timeout(at(999)).remaining(now) == 0ns);
    STATIC_REQUIRE(Timeout(at(999)).toMilliseconds(now) == 0);
    STATIC_REQUIRE(Timeout(at(smallest)).remaining(at(largest)) == 0ns);
    STATIC_REQUIRE(Timeout(at(smallest)).toMilliseconds(at(0)) == 0);
    STATIC_REQUIRE(Timeout(at(999)).deadline(now) == at(999));
    STATIC_REQUIRE(Timeout(at(5'000)).remaining(now) == 4'000ns);
}

TEST_CASE("the time left before a far point does not overflow on a clock below zero") {
    CHECK(Timeout(at(largest - 1)).remaining(at(-10)) >= nanoseconds(largest - 1));
    CHECK(Timeout(at(0)).remaining(at(smallest)) > 0ns);
}

TEST_CASE("a point in time is measured by the clock") {
    const Timeout soon(readClock() + 1h);
    CHECK(soon.toMilliseconds() <= 3'600'000);
    CHECK(soon.toMilliseconds() > 3'500'000);
    CHECK(Timeout(readClock() - 1h).toMilliseconds() == 0);
    CHECK(Timeout(2ms).toMilliseconds() == 2);
    CHECK(Timeout::never().toMilliseconds() == -1);
}

TEST_CASE("timeouts of one kind are ordered by length") {
    CHECK(Timeout(1ns) < Timeout(2ns));
    CHECK(Timeout(1000ms) == Timeout(1s));
    CHECK(Timeout::immediately() < Timeout(1ns));
    CHECK(Timeout(24h * 365 * 200) < Timeout::never());
    CHECK(Timeout::never() == Timeout::never());
    CHECK(Timeout::never() == Timeout(std::chrono::hours::max()));
    CHECK(Timeout(at(5)) < Timeout(at(6)));
    CHECK(Timeout(at(smallest)) < Timeout(at(0)));
}

TEST_CASE("durations and points in time are ordered as if both began now") {
    const TimePoint start = readClock();
    CHECK(Timeout(start + 1h) < Timeout(2h));
    CHECK(Timeout(1min) < Timeout(start + 1h));
    CHECK(Timeout(start - 1h) < Timeout::immediately());
    CHECK(Timeout::immediately() < Timeout(start + 1h));
    CHECK(Timeout(start + 1h) < Timeout::never());
    CHECK(Timeout(at(largest - 1)) < Timeout::never());
}

TEST_CASE("the earliest of two is the one that ends first") {
    const TimePoint start = readClock();
    CHECK(earliest(Timeout(1s), Timeout(2s)) == Timeout(1s));
    CHECK(earliest(Timeout::never(), Timeout(2s)) == Timeout(2s));
    CHECK(earliest(Timeout(2s), Timeout::never()) == Timeout(2s));
    CHECK(earliest(Timeout::never(), Timeout::never()).isNever());
    CHECK(earliest(Timeout(start + 1h), Timeout(1s)).toMilliseconds(start) == 1000);
    CHECK(earliest(Timeout(1h), Timeout(start - 1s)).toMilliseconds(start) == 0);
    CHECK(earliest(Timeout::immediately(), Timeout(1s)).isImmediate());
}

TEST_CASE("a time point of a coarser clock duration converts") {
    const std::chrono::time_point<Clock, std::chrono::seconds> coarse(5s);
    CHECK(Timeout(coarse).deadline(now) == at(5'000'000'000));
}

TEST_CASE("no deadline is the greatest of all points in time") {
    STATIC_REQUIRE(noDeadline == TimePoint::max());
    STATIC_REQUIRE(at(largest) == noDeadline);
}
