// SPDX-License-Identifier: MIT
// What the servers among the examples share, so that each of them shows a server and nothing else: the clients by
// which it tests itself when it is run without arguments.
#pragma once

#include <polleros/polleros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace example {

/// Loopback only: the port that the user named, or else any free one.
inline polleros::net::Endpoint whereToListen(int argc, char** argv) {
    return polleros::net::Endpoint::parse(std::string("127.0.0.1:") + (argc > 1 ? argv[1] : "0"));
}

/// Ends a self-test with this reason if the promise is broken.
inline void expect(bool kept, const char* promise) {
    if (!kept) {
        throw std::runtime_error(std::string("not so: ") + promise);
    }
}

/// A client as simple as a blocking one, whose every wait is bounded: a poller with a single channel.
class Client {
public:
    explicit Client(const polleros::net::Endpoint& server)
        : socket_(polleros::net::connectTcp(server).socket),
          channel_(poller_.attachChannel(polleros::SocketSource(socket_, polleros::Trigger::connect))) {
        await(polleros::Trigger::connect);
        check(polleros::net::takeError(socket_));
    }

    /// Sends all of it.
    void send(std::string_view text) {
        while (!text.empty()) {
            text.remove_prefix(sendSome(text));
        }
    }
    /// Sends as much as there is room for; waits for room if there is none.
    std::size_t sendSome(std::string_view text) {
        for (;; await(polleros::Trigger::send)) {
            const auto sent = polleros::net::send(socket_, text);
            check(sent.error);
            if (sent) {
                return sent.bytes;
            }
        }
    }
    /// Says that nothing more will be sent.
    void finish() { check(polleros::net::shutdownSend(socket_)); }

    /// Receives what is there; waits if nothing is. Empty: the server has closed the connection.
    std::string receiveSome() {
        std::string text(64 * 1024, '\0');
        for (;; await(polleros::Trigger::recv)) {
            const auto got = polleros::net::recv(socket_, text);
            check(got.error);
            if (!got.wouldBlock()) {
                text.resize(got.bytes);
                return text;
            }
        }
    }
    /// Receives up to and including `end`.
    std::string receiveUntil(std::string_view end) {
        while (received_.find(end) == std::string::npos) {
            const std::string more = receiveSome();
            expect(!more.empty(), "the server goes on answering");
            received_ += more;
        }
        const std::size_t size = received_.find(end) + end.size();
        std::string text = received_.substr(0, size);
        received_.erase(0, size);
        return text;
    }
    std::string receiveLine() { return receiveUntil("\n"); }
    /// Receives until the server closes the connection.
    std::string receiveAll() {
        std::string text = std::exchange(received_, {});
        for (std::string more = receiveSome(); !more.empty(); more = receiveSome()) {
            text += more;
        }
        return text;
    }

    /// Waits for any of these; what came, nothing if the time ran out.
    polleros::Triggers wait(polleros::Triggers wanted, polleros::Timeout timeout) {
        channel_.source().want(wanted);
        return poller_.waitTriggers(timeout).triggers;
    }

private:
    void await(polleros::Triggers wanted) {
        expect(!wait(wanted, std::chrono::seconds(5)).empty(), "the server answers within five seconds");
    }
    static void check(const std::error_code& ec) {
        if (ec) {
            throw std::system_error(ec, "client");
        }
    }

    polleros::net::Socket socket_;
    polleros::NativePoller<> poller_;
    polleros::NativePoller<>::Channel& channel_;
    std::string received_;
};

/// A test that runs on a thread of its own, beside the loop it tests, and wakes that when it has ended.
class SelfTest {
public:
    template <class Test>
    SelfTest(const polleros::Waker& waker, Test test) : SelfTest([waker] { waker.wake(); }, test) {}
    template <class Wake, class Test>
    SelfTest(Wake wake, Test test)
        : thread_([this, wake, test] {
              try {
                  test();
              } catch (const std::exception& error) {
                  failure_ = error.what();
              }
              running_ = false;
              wake();
          }) {}
    ~SelfTest() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    [[nodiscard]] bool running() const noexcept { return running_; }

    /// What main() returns.
    [[nodiscard]] int result() {
        thread_.join();
        if (!failure_.empty()) {
            std::cerr << failure_ << '\n';
        }
        return failure_.empty() ? 0 : 1;
    }

private:
    std::string failure_;
    std::atomic<bool> running_{true};
    std::thread thread_; // the last member: it uses the others
};

} // namespace example
