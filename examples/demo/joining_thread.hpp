// SPDX-License-Identifier: MIT
// What std::jthread is where the standard library has it.
#pragma once

#include <thread>
#include <utility>

namespace demo {

/// A thread that is joined at its end.
class JoiningThread {
public:
    template <class F>
    explicit JoiningThread(F run) : thread_(std::move(run)) {}
    JoiningThread(JoiningThread&&) = default;
    JoiningThread& operator=(JoiningThread&&) = delete;
    ~JoiningThread() { join(); }

    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    std::thread thread_;
};

} // namespace demo
