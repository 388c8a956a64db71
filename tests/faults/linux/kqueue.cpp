// SPDX-License-Identifier: MIT
// The sweep over backend::Kqueue and the suite's own kqueue, as FreeBSD and as macOS have it.
#include "faults/sweep.hpp"
#include "support/kqueue/modelled_calls.hpp"

#include <polleros/backend/kqueue.hpp>

#include <cstdio>

namespace polleros_test {

namespace {

using Calls = BasicCountingCalls<BasicFaultyCalls<TimelessKqueue<ModelledCalls<BsdLayout>>, KqueueModel>, KqueueModel>;
using Backend = polleros::backend::BasicKqueue<Calls>;
template <class Source>
using KqueueRig = Rig<Backend, Source, Calls>;

} // namespace

TEMPLATE_TEST_CASE("whichever call of a kqueue fails, the fault stays where it is, and is over when it is over",
                   "[slow]", Timeless, Probe<Locality::local>) {
    constexpr bool timeless = std::is_same_v<TestType, Timeless>;
    KqueueModel::behave(timeless ? System::freebsd : System::macos);
    Sweep<KqueueRig<TestType>> sweep(timeless ? "kqueue of FreeBSD" : "kqueue of macOS");
    sweep.run(kqueueReasons, {});
    sweep.run(kqueueReasons, {.wakeByPipe = true});
    KqueueModel::behave(System::freebsd);
    std::printf("kqueue: %zu faults in %zu runs\n", sweep.faults(), sweep.runs());
    CHECK(sweep.faults() > 3'000);
}

} // namespace polleros_test
