// SPDX-License-Identifier: MIT
// Copies a pipe to standard output until it ends: by_hand.cpp over a poller.
#include <polleros/backend/epoll.hpp>
#include <polleros/poller.hpp>

#include <chrono>

#include <unistd.h>

int main() {
    int ends[2];
    if (::pipe(ends) != 0 || ::write(ends[1], "hello\n", 6) != 6 || ::close(ends[1]) != 0) {
        return 1;
    }
    std::error_code ec;
    polleros::Poller<polleros::backend::Epoll> poller(polleros::Options(), ec);
    if (ec || poller.attachChannel(polleros::SocketSource(ends[0], polleros::Trigger::recv), ec) == nullptr) {
        return 1;
    }
    while (poller.size() != 0) {
        if (poller.waitTriggers(std::chrono::seconds(1), ec).timedOut || ec) {
            return 1;
        }
        for (auto& channel : poller.triggered()) {
            char text[64];
            const auto got = ::read(channel.peek().handle().number, text, sizeof text);
            if (got <= 0) {
                channel.markForDeletion();
            } else if (::write(STDOUT_FILENO, text, static_cast<std::size_t>(got)) != got) {
                return 1;
            }
        }
        poller.deleteMarked();
    }
    return 0;
}
