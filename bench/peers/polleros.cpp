// SPDX-License-Identifier: MIT
#include "loops/polleros.hpp"

#include "loops/dispatcher.hpp"
#include "loops/event_set.hpp"
#include "peers.hpp"
#include "rows.hpp"

namespace {

template <class Work>
using OnEpoll = bench::PollerOsLoop<Work, polleros::backend::Epoll>;
template <class Work>
using OnEpollByNumber = bench::PollerOsLoop<Work, polleros::backend::Epoll, true, bench::Numbers::users>;
template <class Work>
using OnEpollScanned = bench::PollerOsLoop<Work, polleros::backend::Epoll, false>;
template <class Work>
using OnPoll = bench::PollerOsLoop<Work, polleros::backend::Poll>;

} // namespace

void bench::addPollerOs() {
    addRows<OnEpoll>("polleros");
    addRows<OnEpollByNumber>("polleros numbers");
    addRows<OnEpollScanned>("polleros scan");
    addRows<OnPoll>("polleros poll");
    addRows<bench::EventSetLoop, false>("EventSet");
    Rows<bench::EventSetLoop>("EventSet").addChanges();
    addRunningRows<bench::DispatcherLoop>("Dispatcher");
}
