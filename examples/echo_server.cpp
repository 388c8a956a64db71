// SPDX-License-Identifier: MIT
// A TCP echo server with backpressure: a client that does not read what it is sent is not read from either.
//
// To notice:
// - A connection only ever says what it wants at this moment. That it stops wanting `recv` above a watermark is all there
//   is to backpressure: nothing is paused, resumed, registered or re-armed.
// - `intentIsLocal`: what a connection wants depends on itself alone, so an idle one costs nothing.
// - An end of the stream does not end a connection that still has something to send.
// - The listener needs no class: it is a SocketSource, a handle that the server owns and what to wait for on it.
//
//   echo_server          tests itself
//   echo_server 7000     serves 127.0.0.1:7000 until Ctrl-C

#include "support.hpp"

#include <polleros/net/endpoint_io.hpp>

#include <algorithm>

namespace net = polleros::net;
using polleros::Trigger;
using polleros::Triggers;

class Connection {
public:
    static constexpr bool intentIsLocal = true;
    static constexpr std::size_t watermark = 64 * 1024;
    static constexpr std::size_t mostPerTurn = 16 * 1024;

    explicit Connection(net::Socket socket) noexcept : socket_(std::move(socket)) {}

    const net::Socket& handle() const noexcept { return socket_; }

    Triggers triggers() const noexcept {
        return when(!ended_ && output_.size() < watermark, Trigger::recv) | when(!output_.empty(), Trigger::send);
    }

    void serve(Triggers act) {
        if (act.has(Trigger::recv)) {
            receive();
        }
        if (!output_.empty()) { // whether or not the kernel has told us of room: usually there is some
            flush();
        }
    }

    /// Ended, and nothing is left to send.
    bool finished() const noexcept { return ended_ && output_.empty(); }
    std::size_t unsent() const noexcept { return output_.size(); }

private:
    void receive() {
        // Once per turn, and not until it would block: who sends much must not keep the others waiting. Nothing is
        // lost by that; the next wait reports what is left.
        char bytes[mostPerTurn];
        const auto got = net::recv(socket_, bytes);
        output_.append(bytes, got.bytes);
        ended_ = got.over();
    }

    void flush() {
        const auto sent = net::send(socket_, output_);
        output_.erase(0, sent.bytes);
        if (sent.failed()) { // the client is gone: nobody wants the rest
            ended_ = true;
            output_.clear();
        }
    }

    net::Socket socket_;
    std::string output_;
    bool ended_ = false;
};

class EchoServer {
public:
    explicit EchoServer(const net::Endpoint& where) : listener_(net::listenTcp(where)) {
        poller_.attachChannel(polleros::SocketSource(listener_, Trigger::accept));
    }

    /// One turn of the loop.
    void turn() {
        poller_.waitTriggers(polleros::Timeout::never());
        for (auto& channel : poller_.triggered()) {
            if (auto* connection = channel.as<Connection>()) {
                connection->serve(channel.act());
                mostUnsent_ = std::max(mostUnsent_, connection->unsent());
                if (connection->finished() || channel.error()) { // error(): the poller itself could not go on with it
                    channel.markForDeletion();
                }
            } else {
                acceptAll();
            }
        }
        poller_.deleteMarked();
    }

    net::Endpoint endpoint() const { return net::localEndpoint(listener_); }
    polleros::Waker waker() { return poller_.waker(); }
    std::size_t mostUnsent() const noexcept { return mostUnsent_; }

private:
    void acceptAll() { // http_server.cpp shows what to do when descriptors run out
        while (net::AcceptResult client = net::accept(listener_)) {
            poller_.attachChannel(Connection(std::move(client.socket)));
        }
    }

    net::Socket listener_;
    polleros::NativePoller<polleros::OneOf<polleros::SocketSource, Connection>> poller_;
    std::size_t mostUnsent_ = 0;
};

/// Sends 16 MB without reading, until the server takes no more; then reads as well, and compares.
void testBackpressure(const net::Endpoint& server) {
    std::string text(16 << 20, '\0');
    for (std::size_t index = 0; index < text.size(); ++index) {
        text[index] = static_cast<char>(index * 31 >> 7);
    }

    example::Client client(server);
    std::string_view unsent = text;
    while (!unsent.empty() && !client.wait(Trigger::send, std::chrono::milliseconds(100)).empty()) {
        unsent.remove_prefix(client.sendSome(unsent));
    }
    std::cout << "The client reads nothing: it could send " << text.size() - unsent.size() << " bytes, most of them "
              << "to the buffers of the kernel.\n";

    std::string echo;
    while (echo.size() < text.size()) {
        const Triggers came =
            client.wait(unsent.empty() ? Trigger::recv : Trigger::recv | Trigger::send, std::chrono::seconds(5));
        example::expect(!came.empty(), "the server goes on when the client reads");
        if (came.has(Trigger::send)) {
            unsent.remove_prefix(client.sendSome(unsent));
        }
        if (came.has(Trigger::recv)) {
            echo += client.receiveSome();
        }
        if (unsent.empty()) {
            client.finish(); // half-closed: what is still to come comes all the same
            echo += client.receiveAll();
        }
    }
    example::expect(echo == text, "every byte comes back");
}

int main(int argc, char** argv) try {
    EchoServer server(example::whereToListen(argc, argv));
    if (argc > 1) {
        std::cout << "Echoing on " << server.endpoint() << " until Ctrl-C.\n";
        for (;;) {
            server.turn();
        }
    }

    example::SelfTest test(server.waker(), [where = server.endpoint()] { testBackpressure(where); });
    while (test.running()) {
        server.turn();
    }
    if (const int failed = test.result()) {
        return failed;
    }
    example::expect(server.mostUnsent() < Connection::watermark + Connection::mostPerTurn, "the watermark is kept");
    std::cout << "The server never kept more than " << server.mostUnsent() << " bytes for it.\n";
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
