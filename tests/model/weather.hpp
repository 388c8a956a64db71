// SPDX-License-Identifier: MIT
// Weather: what goes on around a program while it runs, and changes nothing that it is promised.
#pragma once

#include <functional>
#include <vector>

namespace polleros_test {

// What the thread of this number may do to a lane at any time. Each call is another step.
using Disturbance = std::function<void(unsigned)>;

class Weather {
public:
    static constexpr unsigned threads = 4; // that disturb, at most

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
    // Other threads wake, and do what else they may.
    [[nodiscard]] virtual bool disturbs() const { return false; }

    virtual void programStarts(const std::vector<Disturbance>& /*of its lanes, if it disturbs*/) {}
    virtual void programEnds() {}
    virtual void waitStarts() {}
    virtual void waitEnds() {}

private:
    struct Fair {};
    explicit Weather(Fair) {}

    static inline Weather* current_ = nullptr;
};

// For as long as it lives the library is at work, and out in the weather.
class Outdoors {
public:
    Outdoors() { Weather::current().waitStarts(); }
    Outdoors(const Outdoors&) = delete;
    Outdoors& operator=(const Outdoors&) = delete;
    ~Outdoors() { Weather::current().waitEnds(); }
};

// For as long as it lives the test is, on whom the library has called.
class Indoors {
public:
    Indoors() { Weather::current().waitEnds(); }
    Indoors(const Indoors&) = delete;
    Indoors& operator=(const Indoors&) = delete;
    ~Indoors() { Weather::current().waitStarts(); }
};

} // namespace polleros_test
