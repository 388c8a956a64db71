// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/options.hpp>
#include <polleros/stats.hpp>

#include <type_traits>

TEST_CASE("the default options make a poller that allocates little and may grow") {
    constexpr polleros::Options options;
    STATIC_REQUIRE(options.initialChannels == 0);
    STATIC_REQUIRE(options.initialEvents >= 1);
    STATIC_REQUIRE(options.maxEvents >= options.initialEvents);
    STATIC_REQUIRE_FALSE(options.wakeByPipe);
    CHECK(options.memory.function != nullptr);
}

TEST_CASE("options read as designated initialisers") {
    const polleros::Options options{.initialChannels = 7, .maxEvents = 2, .wakeByPipe = true};
    CHECK(options.initialChannels == 7);
    CHECK(options.maxEvents == 2);
    CHECK(options.wakeByPipe);
    CHECK(options.memory.context == nullptr);
}

TEST_CASE("statistics begin at zero and are copied as a snapshot") {
    const polleros::Stats stats;
    CHECK(stats.waits + stats.kernelWaits + stats.reports + stats.adds + stats.modifies + stats.removes == 0);
    CHECK(stats.staleEvents + stats.rebuilds + stats.fruitlessWaits + stats.repeatedWork + stats.lateWakes == 0);
    STATIC_REQUIRE(std::is_trivially_copyable_v<polleros::Stats>);
}
