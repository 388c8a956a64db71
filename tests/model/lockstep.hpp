// SPDX-License-Identifier: MIT
// Runs a program in several lanes, an operation at a time, and compares what they tell.
#pragma once

#include "lane.hpp"
#include "weather.hpp"

#include <optional>
#include <string>

namespace polleros_test {

struct Failure {
    std::string what;
    std::size_t step = 0; // at which operation; one after the last is the closing sweep
};

using Lanes = std::vector<std::unique_ptr<AnyLane>>;
using MakeLanes = Lanes (*)(const Program&);

// A poller on every backend of this system.
[[nodiscard]] inline Lanes pollerLanes(const Program& program) {
    Lanes lanes;
    const auto add = [&]<class B, Locality locality>() {
        lanes.push_back(std::make_unique<Lane<B, locality>>(program));
    };
    // The scripted one last: pollers that are made after its kernel would live in that.
#if POLLEROS_HAS_EPOLL
    add.template operator()<polleros::backend::BasicEpoll<EpollLaneCalls>, Locality::local>();
    if (KqueueModel::possible()) {
        add.template operator()<polleros::backend::BasicKqueue<KqueueLaneCalls>, Locality::sometimes>();
    }
#endif
#if defined(_WIN32)
    add.template operator()<polleros::backend::BasicWepoll<WepollLaneCalls>, Locality::local>();
#endif
    add.template operator()<polleros::backend::BasicPoll<PollLaneCalls>, Locality::scanned>();
    add.template operator()<polleros::backend::Scripted, Locality::local>();
    return lanes;
}

class Lockstep {
public:
    explicit Lockstep(Lanes lanes) : lanes_(std::move(lanes)) {}

    [[nodiscard]] std::vector<Disturbance> disturbances() const {
        std::vector<Disturbance> all;
        for (const auto& lane : lanes_) {
            all.push_back(lane->disturbance());
        }
        return all;
    }

    void run(const Operation& operation) {
        for (const auto& lane : lanes_) {
            lane->run(operation);
        }
        if (operation.op == Op::sweep) {
            compare();
        }
    }

private:
    // Errors apart: which conditions are called one is a system's own; and so may be when an end is told.
    void compare() const {
        constexpr Triggers own = err | polleros::when(!Object::endIsToldBehindData, hangup);
        for (const auto& lane : lanes_) {
            for (const auto& [number, told] : lane->swept()) {
                for (const auto& other : lanes_) {
                    const auto same = other->swept().find(number);
                    if (same != other->swept().end() && same->second - own != told - own) {
                        std::ostringstream text;
                        text << "channel " << number << " is told the same by every backend: " << told << " by "
                             << lane->name() << ", " << same->second << " by " << other->name();
                        throw Broken(text.str());
                    }
                }
            }
        }
    }

    Lanes lanes_;
};

// What is broken, if anything.
[[nodiscard]] inline std::optional<Failure> run(const Program& program, MakeLanes lanes = pollerLanes) {
    struct Day {
        explicit Day(const Lockstep& lockstep) {
            Weather& weather = Weather::current();
            weather.programStarts(weather.disturbs() ? lockstep.disturbances() : std::vector<Disturbance>());
        }
        Day(const Day&) = delete;
        Day& operator=(const Day&) = delete;
        ~Day() { Weather::current().programEnds(); }
    };
    std::size_t step = 0;
    try {
        Lockstep lockstep(lanes(program));
        {
            const Day day(lockstep);
            for (; step < program.operations.size(); ++step) {
                lockstep.run(program.operations[step]);
            }
            lockstep.run({Op::sweep});
        }
        if (Weather::current().disturbs()) { // whose last complaints this says
            lockstep.run({Op::sweep});
        }
        return std::nullopt;
    } catch (const std::exception& exception) {
        return Failure{exception.what(), step};
    }
}

} // namespace polleros_test
