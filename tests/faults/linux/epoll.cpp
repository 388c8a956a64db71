// SPDX-License-Identifier: MIT
// The sweep over backend::Epoll.
#include "faults/sweep.hpp"

#include <polleros/backend/epoll.hpp>

#include <cstdio>

namespace polleros_test {

namespace {

using Calls = BasicCountingCalls<BasicFaultyCalls<TimelessCalls<SystemCalls>>>;
using Backend = polleros::backend::BasicEpoll<Calls>;
template <class Source>
using EpollRig = Rig<Backend, Source, Calls>;

} // namespace

TEMPLATE_TEST_CASE("whichever call of epoll fails, the fault stays where it is, and is over when it is over", "[slow]",
                   Timeless, Probe<Locality::local>, Probe<Locality::scanned>) {
    Sweep<EpollRig<TestType>> sweep("epoll");
    sweep.run(linuxReasons, {});
    if constexpr (std::is_same_v<TestType, Timeless>) {
        sweep.run(linuxReasons, {.shortWaits = true});
    } else if constexpr (std::is_same_v<TestType, Probe<Locality::local>>) {
        sweep.run(linuxReasons, {.wakeByPipe = true, .oldKernel = true});
    }
    std::printf("epoll: %zu faults in %zu runs\n", sweep.faults(), sweep.runs());
    CHECK(sweep.faults() > 8'000);
}

} // namespace polleros_test
