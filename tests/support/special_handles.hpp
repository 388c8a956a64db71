// SPDX-License-Identifier: MIT
// Handles that only Linux has. Where there are none, asking for one is a gate.
#pragma once

#include "support/fds.hpp"

#include <chrono>
#include <memory>

namespace polleros_test {

// A timerfd that expires once.
[[nodiscard]] Fd timerIn(std::chrono::nanoseconds delay);

// A process that lives until it is told to end.
class Child {
public:
    Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    [[nodiscard]] NativeHandle handle() const; // a pidfd
    void end();
    void reap();

private:
    struct Process;
    std::unique_ptr<Process> process_;
};

// A signal that is blocked and can be read.
class ReadableSignal {
public:
    ReadableSignal();
    ReadableSignal(const ReadableSignal&) = delete;
    ReadableSignal& operator=(const ReadableSignal&) = delete;
    ~ReadableSignal();

    [[nodiscard]] NativeHandle handle() const; // a signalfd
    void raise();
    [[nodiscard]] bool take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace polleros_test
