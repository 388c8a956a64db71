// SPDX-License-Identifier: MIT
// The first program: receives from the other end of a line whatever comes, until its end.
//
// To notice: there is no class to write. A poller that is not told otherwise holds SocketSources: a handle that somebody
// else owns, and what to wait for on it.

#include <polleros/polleros.hpp>
#include <polleros/triggers_io.hpp>

#include <iostream>

int main() {
    auto [here, there] = polleros::net::socketPair();
    polleros::NativePoller<> poller;
    poller.attachChannel(polleros::SocketSource(here, polleros::Trigger::recv));

    const auto sent = polleros::net::send(there, "Hello from the other end of the line.\n");
    const auto closed = there.close();
    bool ended = !sent || closed;

    while (!ended) {
        if (poller.waitTriggers(std::chrono::seconds(1)).timedOut) {
            std::cerr << "nothing came within a second\n";
            return 1;
        }
        for (const auto& channel : poller.triggered()) {
            char text[64];
            const auto got = polleros::net::recv(here, text);
            std::cout << channel.act() << ": " << (got ? std::string_view(text, got.bytes) : "the end\n");
            ended = !got;
        }
    }
    return sent ? 0 : 1;
}
