// SPDX-License-Identifier: MIT
// The sweep over backend::Poll, and WSAPoll. A run under Wine takes 10 to 20 ms: so each reason meets only every fourth
// call, and both cases together take ten to twenty seconds.
#include "faults/sweep.hpp"

#include <polleros/backend/poll.hpp>

#include <cstdio>

namespace polleros_test {

namespace {

using Calls = PollingCalls<BasicCountingCalls<BasicFaultyCalls<TimelessCalls<SystemCalls>>>>;
using Backend = polleros::backend::BasicPoll<Calls>;
template <class Source>
using PollRig = Rig<Backend, Source, Calls>;

} // namespace

TEMPLATE_TEST_CASE("whichever call of WSAPoll fails, the fault stays where it is, and is over when it is over",
                   "[slow]", Timeless, Probe<Locality::sometimes>) {
    constexpr bool timeless = std::is_same_v<TestType, Timeless>;
    Sweep<PollRig<TestType>> sweep("WSAPoll", 4);
    sweep.run(winsockReasons, {.oldKernel = timeless, .shortWaits = !timeless});
    std::printf("WSAPoll: %zu faults in %zu runs\n", sweep.faults(), sweep.runs());
    CHECK(sweep.faults() > 1'000);
}

} // namespace polleros_test
