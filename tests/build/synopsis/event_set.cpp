// SPDX-License-Identifier: MIT
// What event_set.hpp begins with: serves a connection until its peer has nothing more to say.
#include <polleros/event_set.hpp>
#include <polleros/net/pair.hpp>

namespace {

using namespace std::chrono_literals;
using polleros::EventFlag;

bool running = true;

struct Connection {
    const polleros::net::Socket& socket;
    std::size_t received = 0;

    void serve() {
        char bytes[2];
        const auto got = polleros::net::recv(socket, bytes);
        received += got.bytes;
        running = !got.ended();
    }
};

} // namespace

int main() {
    auto [socket, peer] = polleros::net::socketPair();
    Connection connection{socket};
    if (!polleros::net::send(peer, "hello") || polleros::net::shutdownSend(peer)) {
        return 1;
    }
#include "event_set_synopsis.inc"
    return !ec && connection.received == 5 ? 0 : 2;
}
