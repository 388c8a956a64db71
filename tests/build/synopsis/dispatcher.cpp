// SPDX-License-Identifier: MIT
// What dispatcher.hpp begins with: serves a connection whose peer says something, and then no more.
#include <polleros/dispatcher.hpp>
#include <polleros/net/pair.hpp>

namespace {

using polleros::EventKind;

struct Ended { // nobody but a handler can end a loop that is the caller's own: by stop(), or so
    std::error_code why;
};

void log(const std::error_code& error) {
    throw Ended{error};
}

struct Connection {
    const polleros::net::Socket& socket;
    std::size_t received = 0;

    void receive() {
        char bytes[2];
        received += polleros::net::recv(socket, bytes).bytes;
    }
};

} // namespace

int main() {
    auto [socket, peer] = polleros::net::socketPair();
    Connection connection{socket};
    if (!polleros::net::send(peer, "hello") || polleros::net::shutdownSend(peer)) {
        return 1;
    }
    try {
#include "dispatcher_synopsis.inc"
        return ec ? 2 : 3;
    } catch (const Ended& ended) {
        return ended.why == polleros::Errc::endOfStream && connection.received == 5 ? 0 : 4;
    }
}
