// SPDX-License-Identifier: MIT
#include "support/signals.hpp"

#include "support/gate.hpp"

namespace polleros_test {

struct SignalTimer::Source {};

SignalTimer::SignalTimer(std::chrono::nanoseconds, std::chrono::nanoseconds, Action) {
    GATE("every backend", "Windows has no signals that interrupt a wait");
}
SignalTimer::~SignalTimer() = default;

int SignalTimer::count() const noexcept {
    return 0;
}

} // namespace polleros_test
