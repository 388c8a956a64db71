// SPDX-License-Identifier: MIT
// A client that stays connected: it reconnects by itself, more and more patiently while nobody answers.
//
// To notice:
// - One source, attached once, is connecting, connected or resting. Its socket comes and goes; `handle()` returns
//   whichever there is, or none, and the poller finds out. There is no attach and no delete on the way, and references to
//   the channel stay valid.
// - There is no timer. `deadline()` is when to give up connecting, or when the rest is over, or never.
//
//   reconnecting_client          tests itself
//   reconnecting_client 7000     talks to 127.0.0.1:7000 until Ctrl-C: nc -l 127.0.0.1 7000

#include "support.hpp"

#include <algorithm>
#include <optional>
#include <thread>

using namespace std::chrono_literals;
namespace net = polleros::net;
using polleros::TimePoint;
using polleros::Trigger;
using polleros::Triggers;

class Client {
public:
    static constexpr bool intentIsLocal = true;

    explicit Client(const net::Endpoint& server) noexcept : server_(server) {}

    /// None while it rests.
    const net::Socket& handle() const noexcept { return socket_; }

    Triggers triggers() const noexcept {
        switch (state_) {
        case State::resting: return {};
        case State::connecting: return Trigger::connect;
        case State::connected: return Trigger::recv;
        }
        return {};
    }

    TimePoint deadline() const noexcept { return deadline_; }

    /// Calls `hear(text)` for what the server says.
    template <class F>
    void serve(Triggers act, TimePoint now, F hear) {
        if (state_ == State::resting) {
            connect(now);
        } else if (state_ == State::connecting) {
            act.has(Trigger::connect) ? connected(now) : rest(now, std::make_error_code(std::errc::timed_out));
        } else {
            char text[4096];
            const auto got = net::recv(socket_, text);
            if (got) {
                hear(std::string_view(text, got.bytes));
            } else if (got.over()) {
                rest(now, got.error);
            }
        }
    }

private:
    enum class State { resting, connecting, connected };
    static constexpr std::chrono::milliseconds patience = 5s;
    static constexpr std::chrono::milliseconds shortestRest = 10ms;
    static constexpr std::chrono::milliseconds longestRest = 10s;

    void connect(TimePoint now) {
        std::error_code ec;
        socket_ = net::connectTcp(server_, ec).socket;
        if (ec) {
            rest(now, ec);
            return;
        }
        state_ = State::connecting;
        deadline_ = now + patience;
    }

    void connected(TimePoint now) {
        if (const std::error_code ec = net::takeError(socket_)) {
            rest(now, ec);
            return;
        }
        std::cout << "connected\n";
        state_ = State::connected;
        deadline_ = polleros::noDeadline;
        rest_ = shortestRest;
    }

    void rest(TimePoint now, const std::error_code& why) {
        std::cout << (why ? why.message() : "the server has closed the connection") << "; next attempt in "
                  << rest_.count() << " ms\n";
        socket_ = {}; // closed: the poller finds out that there is none now
        state_ = State::resting;
        deadline_ = now + rest_;
        rest_ = std::min(rest_ * 2, longestRest);
    }

    net::Endpoint server_;
    net::Socket socket_;
    State state_ = State::resting;
    TimePoint deadline_{}; // past already: the first attempt is made at once
    std::chrono::milliseconds rest_ = shortestRest;
};

/// A server that is late, then greets a client and hangs up, and greets it once more.
void serveBadly(const net::Endpoint& where) {
    std::this_thread::sleep_for(100ms);
    const net::Socket listener = net::listenTcp(where);
    polleros::NativePoller<> poller;
    poller.attachChannel(polleros::SocketSource(listener, Trigger::accept));
    for (const std::string_view greeting : {"hello\n", "hello again\n"}) {
        example::expect(!poller.waitTriggers(5s).timedOut, "the client comes back");
        const auto client = net::accept(listener);
        example::expect(client && net::send(client.socket, greeting), "it can be greeted");
    }
}

int main(int argc, char** argv) try {
    const bool testing = argc < 2;
    net::Endpoint server = example::whereToListen(argc, argv);
    if (testing) {
        server = net::localEndpoint(net::listenTcp(server)); // a free port, on which nobody listens any more
    }

    polleros::NativePoller<Client> poller;
    poller.attachChannel(Client(server));
    const TimePoint end = testing ? poller.now() + 5s : polleros::noDeadline;

    std::optional<example::SelfTest> test;
    if (testing) {
        test.emplace(poller.waker(), [server] { serveBadly(server); });
    }
    constexpr std::string_view greetings = "hello\nhello again\n";
    std::string heard;
    while (heard != greetings && poller.now() < end) {
        poller.waitTriggers(end);
        for (auto& channel : poller.triggered()) {
            channel.source().serve(channel.act(), poller.waitTime(), [&](std::string_view text) {
                std::cout << text << std::flush;
                if (testing) {
                    heard += text;
                }
            });
        }
    }
    return test->result() == 0 && heard == greetings ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
