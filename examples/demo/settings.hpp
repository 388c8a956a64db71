// SPDX-License-Identifier: MIT
// What the demo can be told.
#pragma once

#include <chrono>
#include <cstddef>

namespace demo {

struct Settings {
    std::size_t connections = 1000;
    std::chrono::seconds seconds{10};          // of load; then every connection is brought to its end
    std::chrono::milliseconds idleLimit{2000}; // the server ends whoever moves no byte for so long
    std::size_t clientThreads = 2;
};

/// From `--seconds N --connections N`. Explains itself and ends the program if it is told anything else.
[[nodiscard]] Settings settingsFrom(int count, char** arguments);

} // namespace demo
