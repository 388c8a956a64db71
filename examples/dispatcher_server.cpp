// SPDX-License-Identifier: MIT
// A TCP echo server made of handlers: nobody writes a loop, or a class for it.
//
// To notice:
// - The dispatcher runs on a thread of its own; main() goes on, and could register more meanwhile.
// - A handler keeps its connection alive: when the handle is deregistered, inside the handler itself, the handler and with
//   it the connection die when it has returned. There is no list of connections.
// - Registering a registered handle replaces what was: so a connection waits for room to send, and reads nothing meanwhile.
// - The end of a stream is an error like another, and is told when all before it has been read.
//
//   dispatcher_server          tests itself
//   dispatcher_server 7000     serves 127.0.0.1:7000 until Ctrl-C

#include "support.hpp"

#include <polleros/dispatcher.hpp>
#include <polleros/net/endpoint_io.hpp>

#include <memory>

namespace net = polleros::net;
using polleros::EventKind;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(polleros::Dispatcher<>& dispatcher, net::Socket socket)
        : dispatcher_(dispatcher), socket_(std::move(socket)) {}

    /// Waits for something to read, or, with something unsent, for room.
    void watch() {
        const EventKind kind = unsent_.empty() ? EventKind::readable : EventKind::writable;
        const auto ec = dispatcher_.registerHandle(
            socket_.nativeHandle(), kind, [self = shared_from_this()](const auto& event) { self->serve(event.kind); });
        example::expect(!ec, "a connection can be waited for");
    }

private:
    void serve(EventKind kind) {
        if (kind == EventKind::readable) {
            char bytes[16 * 1024];
            const auto got = net::recv(socket_, bytes);
            unsent_.assign(bytes, got.bytes);
        }
        const bool waitedForRoom = kind == EventKind::writable;
        const auto sent = net::send(socket_, unsent_);
        unsent_.erase(0, sent.bytes);
        if (kind == EventKind::error || sent.failed()) {
            dispatcher_.deregisterHandle(socket_.nativeHandle());
        } else if (waitedForRoom == unsent_.empty()) { // the other thing to wait for
            watch();
        }
    }

    polleros::Dispatcher<>& dispatcher_;
    net::Socket socket_;
    std::string unsent_;
};

int main(int argc, char** argv) try {
    const net::Socket listener = net::listenTcp(example::whereToListen(argc, argv));
    const net::Endpoint where = net::localEndpoint(listener);

    polleros::Dispatcher<> dispatcher;
    const auto ec = dispatcher.registerHandle(listener.nativeHandle(), EventKind::readable, [&](const auto&) {
        while (net::AcceptResult client = net::accept(listener)) {
            std::make_shared<Connection>(dispatcher, std::move(client.socket))->watch();
        }
    });
    example::expect(!ec, "a listener can be waited for");

    if (argc > 1) {
        std::cout << "Echoing on " << where << " until Ctrl-C.\n";
        dispatcher.run();
    }
    example::expect(!dispatcher.start(), "a thread can be had");

    std::string text(1 << 20, '.');
    for (int number = 0; number < 3; ++number) {
        example::Client client(where);
        std::string echo;
        for (std::string_view rest = text; !rest.empty(); echo += client.receiveSome()) {
            rest.remove_prefix(client.sendSome(rest));
        }
        client.finish();
        echo += client.receiveAll();
        example::expect(echo == text, "all comes back");
    }
    while (dispatcher.size() != 1) { // the last connection's end may be on its way
        std::this_thread::yield();
    }
    dispatcher.stop();
    std::cout << "Three clients had their echo; what is left is " << dispatcher.size() << " listener.\n";
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
