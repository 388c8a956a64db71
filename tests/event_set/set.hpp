// SPDX-License-Identifier: MIT
// An EventSet over the backend of a setting, whose data are numbers, and what its waits tell in a form to be checked.
#pragma once

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/harness.hpp"

#include <polleros/event_set.hpp>

#include <map>
#include <ostream>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::EventFlag;
using polleros::Capability;
using polleros::Delivery;
using polleros::Errc;
using polleros::Events;
using polleros::Timeout;

// What was told of each handle, by its number for the user.
using ToldEvents = std::map<int, unsigned>;

[[nodiscard]] inline ToldEvents told(std::initializer_list<std::pair<int, Events>> events) {
    ToldEvents all;
    for (const auto& [number, flags] : events) {
        all[number] = flags.bits();
    }
    return all;
}

template <class TheSetting>
class Set : public polleros::EventSet<typename TheSetting::Backend, int> {
public:
    using Base = polleros::EventSet<typename TheSetting::Backend, int>;
    using Batch = typename Base::Batch;

    explicit Set(const polleros::EventSetOptions& options = {}) : Base(options), batch_(options.maxEvents) {}

    // One wait. No handle comes twice in it.
    ToldEvents next(Timeout timeout = Timeout::immediately()) {
        const polleros::WaitResult result = this->wait(batch_, timeout);
        CHECK(result.channels == batch_.size());
        ToldEvents all;
        for (const auto& event : batch_) {
            CHECK(all.emplace(event.data, event.events.bits()).second);
        }
        return all;
    }
    // Waits until something is told.
    ToldEvents something() { return next(5s); }
    [[nodiscard]] const Batch& batch() const noexcept { return batch_; }

private:
    Batch batch_;
};

template <class TheSetting>
[[nodiscard]] constexpr bool can(Capability capability) {
    return TheSetting::Mechanism::capabilities().has(capability);
}

} // namespace polleros_test
