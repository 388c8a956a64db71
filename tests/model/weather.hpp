// SPDX-License-Identifier: MIT
// Weather: what goes on around a program while it runs, and changes nothing that it is promised.
#pragma once

#include <polleros/waker.hpp>

#include <vector>

namespace polleros_test {

class Weather {
public:
    Weather() { current_ = this; }
    Weather(const Weather&) = delete;
    Weather& operator=(const Weather&) = delete;
    virtual ~Weather() { current_ = nullptr; }

    // Fair, if nobody says otherwise.
    [[nodiscard]] static Weather& current() {
        static Weather fair{Fair{}};
        return current_ != nullptr ? *current_ : fair;
    }

    // No wait is an immediate one, so that there is time for something to happen.
    [[nodiscard]] virtual bool takesTime() const { return false; }
    // Wakes come when they like.
    [[nodiscard]] virtual bool wakes() const { return false; }

    virtual void programStarts(const std::vector<polleros::Waker>& /*of its pollers*/) {}
    virtual void programEnds() {}
    virtual void waitStarts() {}
    virtual void waitEnds() {}

private:
    struct Fair {};
    explicit Weather(Fair) {}

    static inline Weather* current_ = nullptr;
};

} // namespace polleros_test
