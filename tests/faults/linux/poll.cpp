// SPDX-License-Identifier: MIT
// The sweep over backend::Poll.
#include "faults/sweep.hpp"

#include <polleros/backend/poll.hpp>

#include <cstdio>

namespace polleros_test {

namespace {

using Calls = BasicCountingCalls<BasicFaultyCalls<TimelessCalls<SystemCalls>>>;
using Backend = polleros::backend::BasicPoll<Calls>;
template <class Source>
using PollRig = Rig<Backend, Source, Calls>;

} // namespace

TEMPLATE_TEST_CASE("whichever call of poll fails, the fault stays where it is, and is over when it is over", "[slow]",
                   Timeless, Probe<Locality::sometimes>) {
    Sweep<PollRig<TestType>> sweep("poll");
    sweep.run(linuxReasons, {});
    if constexpr (std::is_same_v<TestType, Timeless>) {
        sweep.run(linuxReasons, {.wakeByPipe = true});
    } else {
        sweep.run(linuxReasons, {.shortWaits = true});
    }
    std::printf("poll: %zu faults in %zu runs\n", sweep.faults(), sweep.runs());
    CHECK(sweep.faults() > 3'000);
}

} // namespace polleros_test
