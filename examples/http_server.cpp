// SPDX-License-Identifier: MIT
// An HTTP/1.1 responder with keep-alive, pipelining and idle deadlines, which curl and wrk talk to.
//
// To notice:
// - A client may send many requests at once. Each turn of the loop answers a few of them; a connection that has whole
//   requests left over says `work`: there is something to do that no kernel will tell of. So it comes again at once,
//   but so do all the others.
// - An idle connection ends by its `deadline()`. There is no timer to start, restart or cancel: the deadline is computed
//   from the time of the last byte, and where that moves, the deadline has moved.
// - The listener that finds no descriptor left stops wanting `accept` until a deadline of its own, instead of being told
//   a million times that there is a client it cannot take.
//
//   http_server          tests itself, with curl and wrk if they are installed
//   http_server 8080     serves 127.0.0.1:8080 until Ctrl-C

#include "programs.hpp"
#include "support.hpp"

#include <polleros/net/endpoint_io.hpp>

#include <algorithm>

using namespace std::chrono_literals;
namespace net = polleros::net;
using polleros::TimePoint;
using polleros::Trigger;
using polleros::Triggers;

class Listener {
public:
    static constexpr bool intentIsLocal = true;

    explicit Listener(const net::Endpoint& endpoint) : socket_(net::listenTcp(endpoint)) {}

    const net::Socket& handle() const noexcept { return socket_; }
    Triggers triggers() const noexcept { return restUntil_ == polleros::noDeadline ? Trigger::accept : Triggers(); }
    TimePoint deadline() const noexcept { return restUntil_; }

    template <class F>
    void serve(TimePoint now, F welcome) {
        restUntil_ = polleros::noDeadline;
        for (int count = 0; count < 64; ++count) {
            net::AcceptResult client = net::accept(socket_);
            if (client) {
                welcome(std::move(client.socket));
            } else if (client.outOfResources()) {
                restUntil_ = now + 100ms;
                return;
            } else if (client.failed()) {
                throw std::system_error(client.error, "accept");
            } else if (client.wouldBlock()) {
                return;
            }
        }
    }

private:
    net::Socket socket_;
    TimePoint restUntil_ = polleros::noDeadline;
};

class Connection {
public:
    static constexpr bool intentIsLocal = true;
    static constexpr std::size_t longestHead = 8 * 1024;
    static constexpr std::size_t watermark = 64 * 1024;
    static constexpr int mostPerTurn = 16;

    Connection(net::Socket socket, TimePoint now, std::chrono::nanoseconds patience) noexcept
        : socket_(std::move(socket)), lastByte_(now), patience_(patience) {}

    const net::Socket& handle() const noexcept { return socket_; }

    Triggers triggers() const noexcept {
        const bool takesMore = !closing_ && output_.size() < watermark;
        return when(!output_.empty(), Trigger::send) | when(takesMore, headSize_ != 0 ? Trigger::work : Trigger::recv);
    }

    TimePoint deadline() const noexcept { return lastByte_ + patience_; }

    void serve(Triggers act, TimePoint now) {
        if (act.has(Trigger::recv)) {
            receive(now);
        }
        for (int count = 0; count < mostPerTurn && headSize_ != 0 && !closing_ && output_.size() < watermark; ++count) {
            answer(std::string_view(input_).substr(0, headSize_));
            input_.erase(0, headSize_);
            findHead();
        }
        if (!output_.empty()) {
            flush(now);
        }
        if (now >= deadline()) { // still, after all of this
            abandon();
        }
    }

    /// To be closed, and nothing is left to send.
    bool finished() const noexcept { return closing_ && output_.empty(); }

private:
    void receive(TimePoint now) {
        char bytes[16 * 1024];
        const auto got = net::recv(socket_, bytes);
        if (got) {
            lastByte_ = now;
            input_.append(bytes, got.bytes);
            findHead();
        } else if (got.over()) {
            closing_ = true;
        }
    }

    void flush(TimePoint now) {
        const auto sent = net::send(socket_, output_);
        if (sent) {
            lastByte_ = now;
            output_.erase(0, sent.bytes);
        } else if (sent.failed()) {
            abandon();
        }
    }

    void abandon() {
        closing_ = true;
        output_.clear();
    }

    /// Looks for a whole request at the beginning of the input.
    void findHead() {
        constexpr std::string_view end = "\r\n\r\n";
        const std::size_t found = input_.find(end);
        headSize_ = found == std::string::npos ? 0 : found + end.size();
        if (headSize_ == 0 && input_.size() > longestHead && !closing_) {
            respond("431 Request Header Fields Too Large", "", "Please be brief.\n");
            closing_ = true;
        }
    }

    void answer(std::string_view head) {
        const bool bodiless = head.starts_with("HEAD ");
        if (!head.starts_with("GET ") && !bodiless) {
            respond("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "Only GET and HEAD are served.\n");
            closing_ = true; // a body may follow, which nobody here would know from the next request
            return;
        }
        closing_ = has(head, "\r\nconnection: close") || has(head, "\r\ncontent-length:") ||
                   has(head, "\r\ntransfer-encoding:") || has(head, " http/1.0\r\n");
        respond("200 OK", closing_ ? "Connection: close\r\n" : "", "Hello from polleros.\n", bodiless);
    }

    void respond(std::string_view status, std::string_view fields, std::string_view body, bool bodiless = false) {
        output_ += "HTTP/1.1 ";
        output_ += status;
        output_ += "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
        output_ += fields;
        output_ += "\r\n";
        output_ += bodiless ? std::string_view() : body;
    }

    static bool has(std::string_view head, std::string_view field) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        const auto same = [&](char a, char b) { return lower(a) == b; };
        return std::search(head.begin(), head.end(), field.begin(), field.end(), same) != head.end();
    }

    net::Socket socket_;
    std::string input_;
    std::string output_;
    std::size_t headSize_ = 0; // of a whole request in the input
    TimePoint lastByte_;
    std::chrono::nanoseconds patience_;
    bool closing_ = false;
};

class HttpServer {
public:
    HttpServer(const net::Endpoint& where, std::chrono::nanoseconds patience) : patience_(patience) {
        Listener listener(where);
        endpoint_ = net::localEndpoint(listener.handle());
        poller_.attachChannel(std::move(listener));
    }

    /// One turn of the loop.
    void turn() {
        poller_.waitTriggers(polleros::Timeout::never());
        const TimePoint now = poller_.waitTime();
        for (auto& channel : poller_.triggered()) {
            if (auto* listener = channel.as<Listener>()) {
                listener->serve(now, [&](net::Socket socket) {
                    // That there is no room for one more is no reason to end the server: this client is closed.
                    std::error_code ec;
                    poller_.attachChannel(Connection(std::move(socket), now, patience_), ec);
                });
            } else if (auto* connection = channel.as<Connection>()) {
                connection->serve(channel.act(), now);
                if (connection->finished() || channel.error()) {
                    channel.markForDeletion();
                }
            }
        }
        poller_.deleteMarked();
    }

    const net::Endpoint& endpoint() const noexcept { return endpoint_; }
    polleros::Waker waker() { return poller_.waker(); }

private:
    polleros::NativePoller<polleros::OneOf<Listener, Connection>> poller_;
    net::Endpoint endpoint_;
    std::chrono::nanoseconds patience_;
};

void testPipelining(const net::Endpoint& server) {
    constexpr int requests = 1000;
    std::string all;
    for (int count = 0; count < requests; ++count) {
        all += "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
    }
    example::Client client(server);
    client.send(all);
    for (int count = 0; count < requests; ++count) {
        const std::string answer = client.receiveUntil("polleros.\n");
        example::expect(answer.starts_with("HTTP/1.1 200 OK\r\n"), "each request is answered");
    }
    example::expect(client.receiveAll().empty(), "an idle connection is closed");
    std::cout << requests << " requests sent at once were answered, and then the idle connection was closed.\n";
}

/// False if one of them is not installed.
bool testWithPrograms(const std::string& url) {
    const auto curl = example::run("curl", "--silent --show-error --max-time 5 --include " + url + ' ' + url);
    if (curl) {
        example::expect(curl->find("Hello from polleros.") != std::string::npos, "curl hears the answer");
    }
    const auto wrk = example::run("wrk", "--threads 1 --connections 16 --duration 1s " + url);
    if (wrk) {
        example::expect(wrk->find("Requests/sec") != std::string::npos, "wrk measures");
        example::expect(wrk->find("Socket errors") == std::string::npos, "wrk met no socket error");
        example::expect(wrk->find("Non-2xx") == std::string::npos, "wrk was served every time");
    }
    return curl && wrk;
}

int main(int argc, char** argv) try {
    HttpServer server(example::whereToListen(argc, argv), argc > 1 ? 30'000ms : 700ms);
    if (argc > 1) {
        std::cout << "Serving http://" << server.endpoint() << "/ until Ctrl-C.\n";
        for (;;) {
            server.turn();
        }
    }

    bool complete = true;
    example::SelfTest test(server.waker(), [&, where = server.endpoint()] {
        testPipelining(where);
        complete = testWithPrograms("http://" + where.toString() + '/');
    });
    while (test.running()) {
        server.turn();
    }
    const int result = test.result();
    return result == 0 && !complete ? 77 : result;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
