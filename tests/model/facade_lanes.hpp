// SPDX-License-Identifier: MIT
// Both facades over every real backend of this system.
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
#if POLLEROS_HAS_EPOLL
    add.template operator()<polleros::backend::BasicEpoll<EpollLaneCalls>>();
    if (KqueueModel::possible()) {
        add.template operator()<polleros::backend::BasicKqueue<KqueueLaneCalls>>();
    }
#endif
#if defined(_WIN32)
    add.template operator()<polleros::backend::BasicWepoll<WepollLaneCalls>>();
#endif
    add.template operator()<polleros::backend::BasicPoll<PollLaneCalls>>();
    return lanes;
}

} // namespace polleros_test
