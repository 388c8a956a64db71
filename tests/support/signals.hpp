// SPDX-License-Identifier: MIT
// Signals that hit the thread which asked for them, once or at a rate. The handler only counts, unless told otherwise,
// and is installed with SA_RESTART: waits are interrupted all the same. Where no signal interrupts a wait, asking for
// one is a gate.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

namespace polleros_test {

// Sends SIGUSR1 to the constructing thread, first after `first`, then every `period` (zero: only once), until destroyed.
class SignalTimer {
public:
    // What else the handler does.
    using Action = void (*)();

    SignalTimer(std::chrono::nanoseconds first, std::chrono::nanoseconds period, Action action = nullptr);
    SignalTimer(const SignalTimer&) = delete;
    SignalTimer& operator=(const SignalTimer&) = delete;
    ~SignalTimer();

    // How many have come so far.
    [[nodiscard]] int count() const noexcept;

private:
    struct Source;
    std::unique_ptr<Source> source_;
};

// So many signals a second for as long as the result lives.
[[nodiscard]] inline SignalTimer signalStorm(int hz) {
    const std::chrono::nanoseconds period(1'000'000'000 / hz);
    return {period, period};
}

// One signal after a while.
[[nodiscard]] inline SignalTimer signalAfter(std::chrono::nanoseconds delay) {
    return {delay, std::chrono::nanoseconds::zero()};
}

} // namespace polleros_test
