// SPDX-License-Identifier: MIT
#include "loops/libevent.hpp"

#include "peers.hpp"
#include "rows.hpp"

namespace {

template <class Work>
using Plain = bench::LibeventLoop<Work, false>;
template <class Work>
using WithChangelist = bench::LibeventLoop<Work, true>;

} // namespace

void bench::addLibevent() {
    benchmark::AddCustomContext("libevent", ::event_get_version());
    addRows<Plain>("libevent");
    addRows<WithChangelist>("libevent changelist");
}
