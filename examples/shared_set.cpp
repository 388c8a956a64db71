// SPDX-License-Identifier: MIT
// One thread waits in a set; another adds and removes meanwhile.
//
// To notice:
// - Nothing has to be queued for the waiting thread: a change is in force when the call returns, on every system.
// - What an event names may be gone when it is looked at: the other thread has removed it since. `current()` tells.
// - What an event points to is destroyed only after the waiting thread has gone on to its next wait.

#include <polleros/event_set.hpp>
#include <polleros/polleros.hpp>

#include <atomic>
#include <iostream>
#include <thread>

namespace net = polleros::net;
using polleros::EventFlag;

int main() try {
    constexpr int rounds = 1000;
    polleros::EventSet<polleros::backend::Native, int> set;
    std::atomic<int> heard = 0;
    std::atomic<bool> ended = false;

    std::thread waiter([&] {
        polleros::EventBatch<int> batch;
        while (!ended) {
            std::error_code ec;
            set.wait(batch, polleros::Timeout::never(), ec);
            for (const auto& event : batch) {
                if (event.events.has(EventFlag::read) && set.current(event)) {
                    heard = event.data;
                }
            }
        }
    });

    bool failed = false;
    for (int round = 1; round <= rounds && !failed; ++round) {
        auto [here, there] = net::socketPair();
        failed = static_cast<bool>(set.add(here.nativeHandle(), EventFlag::read, round));
        failed = !net::send(there, "!") || failed;
        while (heard != round && !failed) {
            std::this_thread::yield();
        }
        set.remove(here.nativeHandle()); // before it is closed: the kernel has forgotten it when this returns
    }
    ended = true;
    set.wakeup();
    waiter.join();
    std::cout << rounds << " handles came and went while a thread waited.\n";
    return failed || set.size() != 0 ? 1 : 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
