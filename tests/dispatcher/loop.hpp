// SPDX-License-Identifier: MIT
// A Dispatcher over the backend of a setting that notes what its handlers are told, in a form to be checked.
#pragma once

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/cpu_budget.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/harness.hpp"

#include <polleros/dispatcher.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace polleros_test {

using namespace std::chrono_literals;
using polleros::Capability;
using polleros::Errc;
using polleros::Event;
using polleros::EventKind;
using polleros::EventKinds;
using polleros::Handler;

template <class TheSetting>
class Loop : public polleros::Dispatcher<typename TheSetting::Backend> {
public:
    using polleros::Dispatcher<typename TheSetting::Backend>::Dispatcher;
    ~Loop() {
        try {
            this->stop(); // before what its handlers use is gone
        } catch (...) {
            FAIL_CHECK("a handler has thrown, and nobody has asked");
        }
    }

    // A handler that notes what it is told, and then does this.
    [[nodiscard]] Handler noting(std::function<void(const Event&)> react = {}) {
        return [this, react](const Event& event) {
            told.push_back(event);
            if (react) {
                react(event);
            }
            if (enough_ && enough_()) {
                this->stop();
            }
        };
    }
    [[nodiscard]] std::error_code note(NativeHandle handle, EventKinds kinds,
                                       const polleros::RegistrationOptions& options = {}) {
        return this->registerHandle(handle, kinds, noting(), options);
    }

    // Is the loop until this is true after something was told.
    void until(std::function<bool()> enough) {
        enough_ = std::move(enough);
        this->run();
        enough_ = nullptr;
    }
    // Until so much has been told from now on.
    void untilTold(std::size_t more) {
        until([this, most = told.size() + more] { return told.size() >= most; });
    }
    // Is a loop on a thread of its own for so long.
    void during(std::chrono::nanoseconds length) {
        REQUIRE_FALSE(this->start());
        std::this_thread::sleep_for(length);
        this->stop();
    }

    [[nodiscard]] std::ptrdiff_t count(EventKind kind) const {
        return std::count_if(told.begin(), told.end(), [kind](const Event& event) { return event.kind == kind; });
    }
    [[nodiscard]] std::ptrdiff_t countOf(NativeHandle handle) const {
        return std::count_if(told.begin(), told.end(), [handle](const Event& event) { return event.handle == handle; });
    }

    std::vector<Event> told;

private:
    std::function<bool()> enough_;
};

// Waits until this is true; the watchdog ends it if it never is.
template <class Condition>
void await(Condition condition) {
    while (!condition()) {
        std::this_thread::sleep_for(100us);
    }
}

// Of a handler that has something to lose.
struct Watched {
    std::shared_ptr<int> token = std::make_shared<int>(0);
    std::weak_ptr<int> left = token;

    [[nodiscard]] bool isAlive() const { return !left.expired(); }
    // To be moved into a handler; here it is no more.
    [[nodiscard]] std::shared_ptr<int> give() { return std::move(token); }
};

} // namespace polleros_test
