// SPDX-License-Identifier: MIT
// How it scales: one poller per thread. The front accepts clients, learns from their first line to whom they belong, and
// hands them over, connection and all, to the thread that serves this customer.
//
// To notice:
// - `detachChannel()` gives the source back alive: the socket, and what was received beyond the first line. It is taken
//   out of one poller's kernel set and put into another's, and is never in both.
// - Two threads share a mailbox and a Waker, nothing else. No poller, channel or connection ever has a lock.
// - Lines that were received before the handover are `work` for the new thread: its kernel would never tell of them.
// - A poller may be made by one thread and used by another, as long as one at a time uses it.
//
//   poller_per_thread          tests itself
//   poller_per_thread 7000     serves 127.0.0.1:7000 until Ctrl-C: nc 127.0.0.1 7000

#include "support.hpp"

#include <polleros/net/endpoint_io.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace net = polleros::net;
using polleros::Trigger;
using polleros::Triggers;

class Connection {
public:
    static constexpr bool intentIsLocal = true;

    explicit Connection(net::Socket socket) noexcept : socket_(std::move(socket)) {}

    const net::Socket& handle() const noexcept { return socket_; }
    Triggers triggers() const noexcept {
        if (!output_.empty()) {
            return Trigger::send;
        }
        return hasLine() ? Trigger::work : Trigger::recv;
    }

    void receive() {
        char bytes[1024];
        const auto got = net::recv(socket_, bytes);
        input_.append(bytes, got.bytes);
        ended_ = got.over() || (!hasLine() && input_.size() > longestLine);
    }
    bool hasLine() const noexcept { return input_.find('\n') != std::string::npos; }
    std::string takeLine() {
        const std::size_t size = input_.find('\n');
        std::string line = input_.substr(0, size);
        input_.erase(0, size + 1);
        return line;
    }
    void say(std::string_view text) { output_ += text; }
    void flush() {
        const auto sent = net::send(socket_, output_); // no system call if there is nothing
        output_.erase(0, sent.bytes);
        ended_ = ended_ || sent.failed();
    }
    bool finished() const noexcept { return ended_; }

    std::string customer;

private:
    static constexpr std::size_t longestLine = 1024;

    net::Socket socket_;
    std::string input_;
    std::string output_;
    bool ended_ = false;
};

/// A thread with a poller of its own, which answers line by line.
class Worker {
public:
    explicit Worker(int number) : number_(number), waker_(poller_.waker()), thread_([this] { run(); }) {}
    ~Worker() {
        stopped_ = true;
        waker_.wake();
        thread_.join();
    }

    /// Any thread.
    void takeOver(Connection connection) {
        {
            const std::lock_guard lock(mutex_);
            arrived_.push_back(std::move(connection));
        }
        waker_.wake();
    }

private:
    void run() {
        while (!stopped_) {
            if (poller_.waitTriggers(polleros::Timeout::never()).woken) {
                welcome();
            }
            for (auto& channel : poller_.triggered()) {
                serve(channel.source(), channel.act());
                if (channel.peek().finished() || channel.error()) {
                    channel.markForDeletion();
                }
            }
            poller_.deleteMarked();
        }
    }
    void welcome() {
        std::vector<Connection> arrived;
        {
            const std::lock_guard lock(mutex_);
            arrived.swap(arrived_);
        }
        for (Connection& connection : arrived) {
            std::error_code ec; // one that cannot be had is closed
            poller_.attachChannel(std::move(connection), ec);
        }
    }
    void serve(Connection& connection, Triggers act) {
        if (act.has(Trigger::recv)) {
            connection.receive();
        }
        if (connection.hasLine() && !act.has(Trigger::send)) { // one per turn; the rest is `work`
            connection.say(connection.customer + "@" + std::to_string(number_) + ": " + connection.takeLine() + '\n');
        }
        connection.flush();
    }

    const int number_;
    polleros::NativePoller<Connection> poller_; // of this thread, from its beginning to its end
    polleros::Waker waker_;
    std::mutex mutex_;
    std::vector<Connection> arrived_;
    std::atomic<bool> stopped_{false};
    std::thread thread_; // the last member: it uses the others
};

class Front {
    using Anybody = polleros::OneOf<polleros::SocketSource, Connection>;

public:
    explicit Front(const net::Endpoint& where) : listener_(net::listenTcp(where)) {
        poller_.attachChannel(polleros::SocketSource(listener_, Trigger::accept));
    }

    /// One turn of the loop.
    void turn() {
        poller_.waitTriggers(polleros::Timeout::never());
        for (auto& channel : poller_.triggered()) {
            if (auto* connection = channel.as<Connection>()) {
                connection->receive();
                if (connection->hasLine()) {
                    handOver(channel);
                } else if (connection->finished() || channel.error()) {
                    channel.markForDeletion();
                }
            } else {
                while (net::AcceptResult client = net::accept(listener_)) {
                    poller_.attachChannel(Connection(std::move(client.socket)));
                }
            }
        }
        poller_.deleteMarked();
    }

    net::Endpoint endpoint() const { return net::localEndpoint(listener_); }
    polleros::Waker waker() { return poller_.waker(); }

private:
    void handOver(const polleros::TriggeredChannel<Anybody>& channel) {
        Connection connection = *poller_.detachChannel<Connection>(channel); // the channel is gone from here on
        connection.customer = connection.takeLine();
        Worker& worker = workers_[std::hash<std::string>()(connection.customer) % workers_.size()];
        worker.takeOver(std::move(connection));
    }

    std::array<Worker, 2> workers_{Worker(1), Worker(2)};
    net::Socket listener_;
    polleros::NativePoller<Anybody> poller_;
};

/// Clients of a few customers, each twice: all of one customer's are served by the same thread.
void testHandover(const net::Endpoint& server) {
    for (const std::string customer : {"ann", "bob", "cat", "dan"}) {
        example::Client first(server);
        first.send(customer + "\nhello\n"); // the second line arrives with the first
        const std::string hello = first.receiveLine();
        std::cout << hello;
        example::expect(hello == customer + "@1: hello\n" || hello == customer + "@2: hello\n", "a worker answers");

        example::Client second(server);
        second.send(customer + '\n');
        second.send("hello\nhello\n");
        example::expect(second.receiveLine() == hello && second.receiveLine() == hello, "it is the same one again");
        first.send("hello\n");
        example::expect(first.receiveLine() == hello, "it still is");
    }
    std::cout << "Each customer was served by one thread.\n";
}

int main(int argc, char** argv) try {
    Front front(example::whereToListen(argc, argv));
    if (argc > 1) {
        std::cout << "Serving " << front.endpoint() << " until Ctrl-C. First say who you are.\n";
        for (;;) {
            front.turn();
        }
    }
    example::SelfTest test(front.waker(), [where = front.endpoint()] { testHandover(where); });
    while (test.running()) {
        front.turn();
    }
    return test.result();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
