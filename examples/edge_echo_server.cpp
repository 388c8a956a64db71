// SPDX-License-Identifier: MIT
// An echo server over the classical set: told what to watch, by edges where the system has them.
//
// To notice:
// - An edge is told once. So whoever is told reads until it would block, and writes until it would block, before the next
//   wait; what is left unsent then is gone on with at the next edge of `write`.
// - Everything is asked for once, when a client comes; `modify()` is never called. That is what edges are good for.
// - Where there are no edges, `add()` says so, and the same code works by levels: with `write` asked only while something
//   is unsent.
//
//   edge_echo_server          tests itself
//   edge_echo_server 7000     serves 127.0.0.1:7000 until Ctrl-C

#include "support.hpp"

#include <polleros/event_set.hpp>

#include <map>
#include <memory>

namespace net = polleros::net;
using polleros::Delivery;
using polleros::EventFlag;
using polleros::Events;

class EchoServer {
public:
    explicit EchoServer(const net::Endpoint& where) : listener_(net::listenTcp(where)) {
        constexpr Events asked = EventFlag::read;
        if (set_.add(listener_.nativeHandle(), asked, nullptr, delivery_)) { // no edges here
            delivery_ = Delivery::level;
            check(set_.add(listener_.nativeHandle(), asked, nullptr));
        }
    }

    void turn() {
        set_.wait(batch_);
        for (const auto& event : batch_) {
            if (event.data == nullptr) {
                acceptAll();
            } else if (serve(*event.data)) {
                set_.remove(event.handle);
                clients_.erase(event.handle); // nobody else has this batch: no event after this one names it
            }
        }
    }
    void wakeup() { set_.wakeup(); }
    net::Endpoint endpoint() const { return net::localEndpoint(listener_); }

private:
    struct Client {
        net::Socket socket;
        std::string unsent;
        bool ended = false;
    };
    static constexpr std::size_t watermark = 256 * 1024;

    static void check(const std::error_code& ec) {
        if (ec) {
            throw std::system_error(ec, "EventSet");
        }
    }

    void acceptAll() {
        while (net::AcceptResult accepted = net::accept(listener_)) {
            const polleros::NativeHandle handle = accepted.socket.nativeHandle();
            auto client = std::make_unique<Client>(Client{std::move(accepted.socket), {}, false});
            const Events asked =
                delivery_ == Delivery::edge ? EventFlag::read | EventFlag::write : Events(EventFlag::read);
            check(set_.add(handle, asked, client.get(), delivery_));
            clients_[handle] = std::move(client);
        }
    }

    /// Reads and writes until neither can go on. True if that was all of this client.
    bool serve(Client& client) {
        bool moved = true;
        while (moved) {
            const bool received = receive(client);
            moved = send(client) || received;
        }
        if (delivery_ == Delivery::level) {
            const bool reads = !client.ended && client.unsent.size() < watermark;
            Events asked;
            asked |= reads ? Events(EventFlag::read) : Events();
            asked |= client.unsent.empty() ? Events() : Events(EventFlag::write);
            check(set_.modify(client.socket.nativeHandle(), asked));
        }
        return client.ended && client.unsent.empty();
    }
    bool receive(Client& client) {
        if (client.ended || client.unsent.size() >= watermark) {
            return false;
        }
        char bytes[16 * 1024];
        const auto got = net::recv(client.socket, bytes);
        client.unsent.append(bytes, got.bytes);
        client.ended = got.over();
        return !got.wouldBlock();
    }
    static bool send(Client& client) {
        if (client.unsent.empty()) {
            return false;
        }
        const auto sent = net::send(client.socket, client.unsent);
        client.unsent.erase(0, sent.bytes);
        if (sent.failed()) {
            client.ended = true;
            client.unsent.clear();
        }
        return sent.bytes != 0;
    }

    net::Socket listener_;
    polleros::EventSet<polleros::backend::Native, Client*> set_;
    polleros::EventBatch<Client*> batch_;
    std::map<polleros::NativeHandle, std::unique_ptr<Client>> clients_;
    Delivery delivery_ = Delivery::edge;
};

void test(const net::Endpoint& server) {
    const std::string text(4 << 20, 'x');
    example::Client reads(server);
    example::Client hurries(server);
    hurries.send("short\n");
    example::expect(hurries.receiveLine() == "short\n", "a line comes back");
    std::string echo;
    for (std::string_view unsent = text; echo.size() < text.size();) {
        using polleros::Trigger;
        const auto came =
            reads.wait(unsent.empty() ? Trigger::recv : Trigger::recv | Trigger::send, std::chrono::seconds(5));
        example::expect(!came.empty(), "the server goes on");
        if (came.has(Trigger::send)) {
            unsent.remove_prefix(reads.sendSome(unsent));
        }
        if (came.has(Trigger::recv)) {
            echo += reads.receiveSome();
        }
    }
    example::expect(echo == text, "every byte comes back");
    reads.finish();
    hurries.send("last\n");
    hurries.finish();
    example::expect(reads.receiveAll().empty(), "the end comes back, too");
    example::expect(hurries.receiveAll() == "last\n", "what was sent before the end comes back before it");
}

int main(int argc, char** argv) try {
    EchoServer server(example::whereToListen(argc, argv));
    if (argc > 1) {
        for (;;) {
            server.turn();
        }
    }
    example::SelfTest selfTest([&server] { server.wakeup(); }, [where = server.endpoint()] { test(where); });
    while (selfTest.running()) {
        server.turn();
    }
    if (const int failed = selfTest.result()) {
        return failed;
    }
    std::cout << "Four megabytes came back, by whatever edges there were.\n";
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
