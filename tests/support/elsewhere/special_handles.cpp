// SPDX-License-Identifier: MIT
#include "support/special_handles.hpp"

#include "support/gate.hpp"

namespace polleros_test {

Fd timerIn(std::chrono::nanoseconds) {
    GATE("every backend", "only Linux has timerfds");
    return {};
}

struct Child::Process {};
Child::Child() {
    GATE("every backend", "only Linux has pidfds");
}
Child::~Child() = default;
NativeHandle Child::handle() const {
    return polleros::invalidHandle;
}
void Child::end() {}
void Child::reap() {}

struct ReadableSignal::State {};
ReadableSignal::ReadableSignal() {
    GATE("every backend", "only Linux has signalfds");
}
ReadableSignal::~ReadableSignal() = default;
NativeHandle ReadableSignal::handle() const {
    return polleros::invalidHandle;
}
void ReadableSignal::raise() {}
bool ReadableSignal::take() {
    return false;
}

} // namespace polleros_test
