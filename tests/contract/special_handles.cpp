// SPDX-License-Identifier: MIT
// R16: what is neither socket nor pipe works as a channel, where the kernel can wait for it.
#include "support/special_handles.hpp"

#include "support/bench.hpp"

#include <polleros/backend/native.hpp>

namespace polleros_test {
namespace {

TEMPLATE_TEST_CASE("R16 a notifier is reported while it is not zero", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends(Kind::notifier);
    bench.attach(1, ends, notify);
    CHECK(bench.next().empty());
    ends->peerWrite(3);
    CHECK(bench.only(1) == Triggers{notify});
    CHECK(bench.only(1) == Triggers{notify});
    CHECK(ends->readAll().bytes == 3);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R16 a timerfd is reported when it expires", "[contract][unswept]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const Fd timer = timerIn(50ms);
    bench.attach(1, {timer.get(), notify});
    CHECK(bench.next().empty());
    CHECK(bench.only(1, 5s) == Triggers{notify});
}

TEMPLATE_TEST_CASE("R16 a pidfd is reported when its process ends", "[contract][unswept]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    Child child;
    bench.attach(1, {child.handle(), notify});
    CHECK(bench.next().empty());
    child.end();
    CHECK(bench.only(1, 5s) == Triggers{notify});
    child.reap();
    CHECK(bench.only(1, 5s) == Triggers{notify}); // a hang-up, still level
}

TEMPLATE_TEST_CASE("R16 a signalfd is reported while a signal is pending", "[contract][unswept]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    ReadableSignal signal;
    bench.attach(1, {signal.handle(), notify});
    CHECK(bench.next().empty());
    signal.raise();
    CHECK(bench.only(1) == Triggers{notify});
    CHECK(signal.take());
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("R16 another poller's handle is reported while something is ready in it", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    if constexpr (!polleros::backend::Native::capabilities().has(polleros::Capability::nests)) {
        GATE(TestType::name(), "no poller here has a handle to wait for");
    }
    Bench<TestType> bench(Variants::few);
    polleros::Poller<polleros::backend::Native> inner;
    const EndsPtr ends = bench.world.ends();
    inner.attachChannel(polleros::SocketSource(ends->handle(), recv));
    bench.attach(1, {outerHandle(inner), notify});
    CHECK(bench.next().empty());
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{notify});
    ends->readAll();
    CHECK(bench.next().empty());
}

} // namespace
} // namespace polleros_test
