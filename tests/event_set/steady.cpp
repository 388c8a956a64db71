// SPDX-License-Identifier: MIT
// E7: a steady wait allocates nothing and calls the system once.
#include "set.hpp"
#include "support/allocations.hpp"

namespace polleros_test {

TEMPLATE_TEST_CASE("E7 a steady wait is one call and no allocation, whatever the delivery", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), write, 1));
    typename Set<TestType>::Batch batch(4);
    std::error_code ec;
    set.wait(batch, Timeout::never(), ec);
    const auto before = TestCalls::counts();
    const AllocationCount allocated;
    std::size_t events = 0;
    for (int turn = 0; turn < 100; ++turn) {
        events += set.wait(batch, Timeout::never(), ec).channels;
    }
    CHECK(allocated.allocations() == 0);
    CHECK((TestCalls::counts() - before).total() == 100);
    CHECK(events == 100);
}

TEMPLATE_TEST_CASE("E7 what another thread is not there to be woken for costs no call", "[event_set]",
                   POLLEROS_REAL_BACKENDS) {
    Set<TestType> set;
    const FdPair pair = makePair(PairKind::tcp);
    REQUIRE_FALSE(set.add(pair.ours.get(), {}, 1));
    REQUIRE(set.next().empty());
    const auto before = TestCalls::counts();
    CHECK(set.size() == 1);
    CHECK_FALSE(set.addEvents(pair.ours.get(), {}));
    set.wakeup();
    CHECK((TestCalls::counts() - before).total() == 0);
    REQUIRE_FALSE(set.addEvents(pair.ours.get(), read));
    CHECK((TestCalls::counts() - before).total() <= (TestType::isPoll ? 0 : 1));
    CHECK(set.remove(pair.ours.get()));
    CHECK((TestCalls::counts() - before).total() <= (TestType::isPoll ? 0 : 2));
}

} // namespace polleros_test
