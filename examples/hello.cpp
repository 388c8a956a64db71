// SPDX-License-Identifier: MIT
// The first program: reads from a pipe whatever comes, until its end.
//
// To notice: there is no class to write. A poller that is not told otherwise holds SocketSources: a handle that somebody
// else owns, and what to wait for on it.

#include <polleros/net/pipe.hpp>
#include <polleros/polleros.hpp>
#include <polleros/triggers_io.hpp>

#include <iostream>

int main() {
    auto [reader, writer] = polleros::net::pipePair();
    polleros::NativePoller<> poller;
    poller.attachChannel(polleros::SocketSource(reader, polleros::Trigger::recv));

    const auto written = polleros::net::write(writer, "Hello from the other end of a pipe.\n");
    const auto closed = writer.close();
    bool ended = !written || closed;

    while (!ended) {
        if (poller.waitTriggers(std::chrono::seconds(1)).timedOut) {
            std::cerr << "nothing came within a second\n";
            return 1;
        }
        for (const auto& channel : poller.triggered()) {
            char text[64];
            const auto got = polleros::net::read(reader, text);
            std::cout << channel.act() << ": " << (got ? std::string_view(text, got.bytes) : "the end\n");
            ended = !got;
        }
    }
    return written ? 0 : 1;
}
