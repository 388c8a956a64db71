// SPDX-License-Identifier: MIT
// What the demo says at its end.
#pragma once

#include "findings.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "shortage.hpp"

namespace demo {

/// All that is known of a run.
struct Run {
    const Settings& settings;
    const ServerReport& server;
    const Findings& clients;
    const Shortage& shortage;
    std::chrono::nanoseconds wallTime{};
    std::chrono::nanoseconds cpuTime{};
    std::size_t descriptorsBefore = 0;
    std::size_t descriptorsAfter = 0;
};

void printNumbers(const Run& run);

/// Prints which promises were checked; true if all were kept.
[[nodiscard]] bool printPromises(const Run& run);

} // namespace demo
