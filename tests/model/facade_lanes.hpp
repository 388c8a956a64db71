// SPDX-License-Identifier: MIT
// Both facades over every real backend that runs on Linux.
#pragma once

#include "dispatcher_lane.hpp"
#include "event_set_lane.hpp"
#include "lockstep.hpp"

namespace polleros_test {

[[nodiscard]] inline Lanes facadeLanes(const Program& program) {
    Lanes lanes;
    const auto add = [&]<class B>() {
        lanes.push_back(std::make_unique<EventSetLane<B>>(program, lanes.size()));
        lanes.push_back(std::make_unique<DispatcherLane<B>>(program, lanes.size()));
    };
    add.template operator()<polleros::backend::BasicEpoll<EpollLaneCalls>>();
    add.template operator()<polleros::backend::BasicPoll<PollLaneCalls>>();
    if (KqueueModel::possible()) {
        add.template operator()<polleros::backend::BasicKqueue<KqueueLaneCalls>>();
    }
    return lanes;
}

} // namespace polleros_test
