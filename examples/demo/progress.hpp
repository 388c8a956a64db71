// SPDX-License-Identifier: MIT
// What is told while the demo runs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace demo {

/// Counters that all threads write and the main thread shows. Nothing is concluded from them.
struct Progress {
    std::atomic<std::uint64_t> connected{0}; ///< channels of the server, the listener not counted
    std::atomic<std::uint64_t> ended{0};     ///< connections that came to their end
    std::atomic<std::uint64_t> bytes{0};     ///< that came back, verified
    std::atomic<std::uint64_t> echoes{0};    ///< messages whose latency was measured
};

/// One line a second; on a terminal it stays in its place and is renewed more often.
class ProgressLine {
public:
    explicit ProgressLine(const Progress& progress);
    /// Shows how things stand, if it is time to.
    void update();
    /// Leaves the line to what is printed next.
    void end();

private:
    void print() const;

    const Progress& progress_;
    bool inPlace_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_ = start_;
};

} // namespace demo
