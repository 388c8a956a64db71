// SPDX-License-Identifier: MIT
// A loop that Ctrl-C ends in an orderly way: the signal handler wakes the poller.
//
// To notice: `wake()` may be called from a signal handler, and there is no moment at which a signal goes unnoticed. One
// that arrives just before the wait begins makes that wait return at once; one that arrives during it ends it. A handler
// that only sets a flag has neither: waits go on after interruptions. (Windows interrupts nobody: there Ctrl-C runs the
// handler on a thread of its own, and it needs the wake all the more.)
//
//   stop_on_signal         sends itself a SIGINT
//   stop_on_signal wait    waits for yours

#include <polleros/polleros.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>

namespace {

polleros::Waker stopWaker; // a handler can reach nothing but globals
std::atomic<bool> stopped{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a lock is nothing for a signal handler");

extern "C" void onSignal(int signal) {
    stopped = true;
    stopWaker.wake();
    std::signal(signal, SIG_DFL); // should the orderly end hang, the second Ctrl-C ends it all the same
}

} // namespace

int main(int argc, char**) {
    polleros::NativePoller<> poller;
    stopWaker = poller.waker();
    std::signal(SIGINT, &onSignal); // after the waker is there

    std::thread user;
    auto timeout = polleros::Timeout::never();
    if (argc > 1) {
        std::cout << "Press Ctrl-C.\n";
    } else {
        timeout = std::chrono::seconds(5);
        user = std::thread([] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            std::raise(SIGINT); // as good as from outside: what matters is that the loop is blocked
        });
    }

    polleros::WaitResult result;
    while (!stopped && !result.timedOut) {
        result = poller.waitTriggers(timeout);
        // ... for (auto& channel : poller.triggered()) ...
    }

    if (user.joinable()) {
        user.join();
    }
    if (!stopped) {
        std::cerr << "the signal did not end the wait\n";
        return 1;
    }
    std::cout << "Stopped by a signal, after " << poller.stats().waits << " wait. Here a server would say goodbye.\n";
    return 0;
}
