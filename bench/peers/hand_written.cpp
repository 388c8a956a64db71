// SPDX-License-Identifier: MIT
#include "loops/epoll.hpp"
#include "loops/poll.hpp"
#include "peers.hpp"
#include "rows.hpp"

void bench::addHandWritten() {
    addRows<EpollLoop, false>("epoll");
    Rows<EpollLoop>("epoll").addChanges();
    addRows<PollLoop, false>("poll");
}
