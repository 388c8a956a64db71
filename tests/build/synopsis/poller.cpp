// SPDX-License-Identifier: MIT
// What poller.hpp begins with: serves a connection until its peer has nothing more to say, and deletes it.
#include <polleros/backend/native.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/poller.hpp>

namespace {

using namespace std::chrono_literals;

bool running = true;
std::size_t received = 0;
polleros::net::SocketPair pair = polleros::net::socketPair();

struct Connection {
    polleros::net::Socket socket = std::move(pair.first);
    bool ended = false;

    Connection() = default;
    Connection(Connection&&) = default;
    ~Connection() { running = running && !socket; } // the one that is moved from owns nothing

    [[nodiscard]] const polleros::net::Socket& handle() const noexcept { return socket; }
    [[nodiscard]] polleros::Triggers triggers() const noexcept { return polleros::Trigger::recv; }
    [[nodiscard]] bool finished() const noexcept { return ended; }
    void serve(polleros::Triggers act) {
        char bytes[2];
        const auto got = polleros::net::recv(socket, bytes);
        received += got.bytes;
        ended = got.ended() || !act.has(polleros::Trigger::recv);
    }
};

} // namespace

int main() {
    if (!polleros::net::send(pair.second, "hello") || polleros::net::shutdownSend(pair.second)) {
        return 1;
    }
#include "poller_synopsis.inc"
    return received == 5 && poller.size() == 0 ? 0 : 2;
}
