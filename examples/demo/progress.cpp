// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include "system.hpp"

#include <cstdio>

namespace demo {

using namespace std::chrono_literals;

ProgressLine::ProgressLine(const Progress& progress) : progress_(progress), inPlace_(outputIsTerminal()) {}

void ProgressLine::update() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_) {
        next_ = now + (inPlace_ ? 200ms : 1000ms);
        print();
        shown_ = true;
    }
}

void ProgressLine::end() {
    if (inPlace_ && shown_) {
        std::puts("");
    }
    std::puts("");
}

void ProgressLine::print() const {
    const auto read = [](const std::atomic<std::uint64_t>& counter) {
        return static_cast<unsigned long long>(counter.load(std::memory_order_relaxed));
    };
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    std::printf("%s%6.1f s  %6llu connected  %8llu ended  %8llu MB verified  %10llu echoes timed%s",
                inPlace_ ? "\r" : "", seconds, read(progress_.connected), read(progress_.ended),
                read(progress_.bytes) / 1'000'000, read(progress_.echoes), inPlace_ ? "" : "\n");
    std::fflush(stdout);
}

} // namespace demo
