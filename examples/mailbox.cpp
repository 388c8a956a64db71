// SPDX-License-Identifier: MIT
// Threads that have something to tell the loop: they put it into a mailbox and wake the poller.
//
// To notice:
// - The mailbox is the program's own, and so is its lock. The library's part is the wake alone, which carries nothing:
//   whoever is woken looks into the mailbox.
// - Put first, then wake: what was put before a wake is seen by the loop when the wait returns.
// - Wakes are many, waits are few: any number of wakes until the loop looks are one, and most of them cost no system
//   call. So nobody needs to think about whether this wake is necessary.

#include <polleros/polleros.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

struct Letter {
    std::size_t sender = 0;
    std::size_t number = 0;
};

/// Anybody may put in; the loop takes out.
class Mailbox {
public:
    explicit Mailbox(polleros::Waker waker) : waker_(std::move(waker)) {}

    void put(const Letter& letter) {
        {
            const std::lock_guard lock(mutex_);
            letters_.push_back(letter);
        }
        waker_.wake();
    }
    std::vector<Letter> takeAll() {
        const std::lock_guard lock(mutex_);
        return std::exchange(letters_, {});
    }

private:
    std::mutex mutex_;
    std::vector<Letter> letters_;
    polleros::Waker waker_;
};

int main() {
    constexpr std::size_t senders = 3;
    constexpr std::size_t lettersEach = 2'000;

    polleros::NativePoller<> poller; // its channels would be sockets; a wake needs none
    Mailbox mailbox(poller.waker()); // asked for by the thread that owns the poller, before the others start

    std::vector<std::thread> threads;
    for (std::size_t sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&mailbox, sender] {
            for (std::size_t number = 0; number < lettersEach; ++number) {
                mailbox.put({sender, number});
                if (number % 100 == 0) { // letters come in bursts
                    std::this_thread::sleep_for(std::chrono::microseconds(200));
                }
            }
        });
    }

    std::vector<std::size_t> next(senders);
    std::size_t received = 0;
    bool inOrder = true;
    bool silent = false;
    while (received < senders * lettersEach && !silent) {
        const auto result = poller.waitTriggers(std::chrono::seconds(5));
        silent = result.timedOut;
        // for (auto& channel : poller.triggered()) ... serves the sockets of a real program, in the same turn
        if (result.woken) {
            for (const Letter& letter : mailbox.takeAll()) {
                inOrder = inOrder && letter.number == next[letter.sender]++;
                ++received;
            }
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    if (silent || !inOrder) {
        std::cerr << (silent ? "a wake was lost\n" : "letters arrived out of order\n");
        return 1;
    }
    std::cout << received << " letters, each with its wake, arrived in " << poller.stats().wakes << " waits.\n";
    return 0;
}
