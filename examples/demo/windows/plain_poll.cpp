// SPDX-License-Identifier: MIT
#include "../plain_poll.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <winsock2.h>

namespace demo {

/// WSAPoll refuses an empty list, and one of which it knows no entry: so whoever wants nothing is left out of it.
void plainPoll(std::span<Polled> list, int milliseconds) {
    std::vector<WSAPOLLFD> entries;
    std::vector<Polled*> owners;
    entries.reserve(list.size());
    owners.reserve(list.size());
    for (Polled& polled : list) {
        polled.readable = false;
        polled.writable = false;
        const int events = (polled.wantsToRead ? POLLRDNORM : 0) | (polled.wantsToWrite ? POLLWRNORM : 0);
        if (events != 0) {
            entries.push_back({polled.handle, static_cast<SHORT>(events), 0});
            owners.push_back(&polled);
        }
    }
    if (entries.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        return;
    }
    ::WSAPoll(entries.data(), static_cast<ULONG>(entries.size()), milliseconds);
    for (std::size_t index = 0; index < entries.size(); ++index) {
        const int found = entries[index].revents;
        owners[index]->readable = (found & (POLLRDNORM | POLLHUP | POLLERR)) != 0;
        owners[index]->writable = (found & POLLWRNORM) != 0;
    }
}

} // namespace demo
