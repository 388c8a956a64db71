// SPDX-License-Identifier: MIT
// The sweep over backend::Wepoll. Under Wine each call asks its one server, and a run takes 20 to 60 ms: so each reason
// meets only every eleventh call, and both cases together take half a minute, or a minute on a busy machine.
#include "faults/sweep.hpp"

#include <polleros/backend/wepoll.hpp>

#include <cstdio>

namespace polleros_test {

namespace {

using Calls = BasicCountingCalls<BasicFaultyCalls<TimelessCalls<SystemCalls>>>;
using Backend = polleros::backend::BasicWepoll<Calls>;
template <class Source>
using WepollRig = Rig<Backend, Source, Calls>;

} // namespace

TEMPLATE_TEST_CASE("whichever call of wepoll fails, the fault stays where it is, and is over when it is over", "[slow]",
                   Timeless, Probe<Locality::local>) {
    Sweep<WepollRig<TestType>> sweep("wepoll", 11);
    if constexpr (std::is_same_v<TestType, Timeless>) {
        sweep.run(wepollReasons, {.shortWaits = true});
        sweep.run(winsockReasons, {});
    } else {
        sweep.run(wepollReasons, {});
    }
    std::printf("wepoll: %zu faults in %zu runs\n", sweep.faults(), sweep.runs());
    CHECK(sweep.faults() > 500);
}

} // namespace polleros_test
