// SPDX-License-Identifier: MIT
#include "../plain_poll.hpp"

#include <vector>

#include <poll.h>

namespace demo {

void plainPoll(std::span<Polled> list, int milliseconds) {
    std::vector<pollfd> entries;
    entries.reserve(list.size());
    for (const Polled& polled : list) {
        const int events = (polled.wantsToRead ? POLLIN : 0) | (polled.wantsToWrite ? POLLOUT : 0);
        // A number below zero is passed over; with no event asked for, poll would still insist on hang-ups.
        entries.push_back({events != 0 ? polled.handle : -1, static_cast<short>(events), 0});
    }
    ::poll(entries.data(), static_cast<nfds_t>(entries.size()), milliseconds);
    for (std::size_t index = 0; index < list.size(); ++index) {
        const int found = entries[index].revents;
        list[index].readable = (found & (POLLIN | POLLHUP | POLLERR)) != 0;
        list[index].writable = (found & POLLOUT) != 0;
    }
}

} // namespace demo
