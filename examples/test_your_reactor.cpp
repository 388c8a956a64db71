// SPDX-License-Identifier: MIT
// Testing your own reactor with backend::Scripted.
//
// The first half is a program: sessions that answer what they are sent, write in pieces when the peer is slow, rest from
// reading meanwhile, and end after 30 silent seconds. It is a template over its backend and its sockets.
//
// The second half tests it with an imaginary kernel: slow peers, a silent minute and an exhausted kernel, without a real
// socket, without sleeping, and the same every time. A test framework is not needed to show it, so there is none.
#include <polleros/backend/scripted.hpp>
#include <polleros/poller.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;

// --- the program ------------------------------------------------------------------------------------------------

// `Socket` has handle(), and receive() and send(), which say how many bytes went, 0 if they would block.
template <class Socket>
class Session {
public:
    static constexpr bool intentIsLocal = true;

    Session(Socket socket, polleros::TimePoint now) : socket_(std::move(socket)), lastActivity_(now) {}

    auto handle() const noexcept { return socket_.handle(); }
    // One who does not take his answers is not read from: that is all there is to backpressure.
    polleros::Triggers triggers() const noexcept {
        return output_.empty() ? polleros::Trigger::recv : polleros::Trigger::send;
    }
    polleros::TimePoint deadline() const noexcept { return lastActivity_ + 30s; }

    void serve(polleros::Triggers act, polleros::TimePoint now) {
        using enum polleros::Trigger;
        if (act.has(err | timeout)) {
            finished_ = true;
            return;
        }
        lastActivity_ = now;
        if (act.has(recv)) {
            char bytes[64];
            while (const std::size_t got = socket_.receive(bytes, sizeof bytes)) {
                output_.append(bytes, got);
            }
        }
        while (const std::size_t sent = output_.empty() ? 0 : socket_.send(output_)) {
            output_.erase(0, sent);
        }
    }
    bool finished() const noexcept { return finished_; }

private:
    Socket socket_;
    polleros::TimePoint lastActivity_;
    std::string output_;
    bool finished_ = false;
};

template <class Backend, class Socket>
class Server {
public:
    using Poller = polleros::Poller<Backend, Session<Socket>>;

    bool open(Socket socket) {
        std::error_code ec;
        return poller_.attachChannel(Session<Socket>(std::move(socket), poller_.now()), ec) != nullptr;
    }
    void step(polleros::Timeout timeout) {
        poller_.waitTriggers(timeout);
        for (auto& channel : poller_.triggered()) {
            channel.source().serve(channel.act(), poller_.now());
            if (channel.peek().finished()) {
                channel.markForDeletion();
            }
        }
        poller_.deleteMarked();
    }
    Poller& poller() noexcept { return poller_; }

private:
    Poller poller_;
};

// --- its test ---------------------------------------------------------------------------------------------------

using polleros::InterestFlag;
using polleros::ReadyFlag;
using polleros::backend::Scripted;
using polleros::backend::ScriptedKernel;

// Where a session's bytes come from and go to. `room` is how much the peer still takes.
struct Peer {
    ScriptedKernel& kernel;
    polleros::NativeHandle handle = kernel.openHandle(ReadyFlag::write);
    std::string sent = {};
    std::size_t room = 1'000;
    std::string received = {};

    void say(std::string_view text) {
        sent += text;
        kernel.setReady(handle, ReadyFlag::read);
    }
    void makeRoom(std::size_t bytes) {
        room += bytes;
        kernel.setReady(handle, ReadyFlag::write);
    }
};

// The end that the session owns. It does what a socket does, and tells the kernel what it is ready for.
class FakeSocket {
public:
    explicit FakeSocket(Peer& peer) : peer_(&peer) {}
    FakeSocket(FakeSocket&& other) noexcept : peer_(std::exchange(other.peer_, nullptr)) {}
    ~FakeSocket() {
        if (peer_ != nullptr) {
            peer_->kernel.close(peer_->handle);
        }
    }

    polleros::NativeHandle handle() const noexcept { return peer_->handle; }
    std::size_t receive(char* bytes, std::size_t size) {
        const std::size_t got = peer_->sent.copy(bytes, size);
        peer_->sent.erase(0, got);
        if (got < size) {
            peer_->kernel.clearReady(handle(), ReadyFlag::read);
        }
        return got;
    }
    std::size_t send(std::string_view text) {
        const std::string_view taken = text.substr(0, peer_->room);
        peer_->received += taken;
        peer_->room -= taken.size();
        if (taken.size() < text.size()) {
            peer_->kernel.clearReady(handle(), ReadyFlag::write);
        }
        return taken.size();
    }

private:
    Peer* peer_;
};

using TestServer = Server<Scripted, FakeSocket>;

static void check(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "failed: %s\n", what);
        std::exit(1);
    }
}

static void aSlowPeerIsWaitedForAndNotReadFrom() {
    ScriptedKernel kernel;
    Peer peer{.kernel = kernel, .room = 4};
    TestServer server; // lives in the kernel above, and ends before it and the peers
    check(server.open(FakeSocket(peer)), "a session is opened");
    Scripted& backend = server.poller().backend();
    backend.clearCalls();

    peer.say("hello, world");
    kernel.after(2s, [&] { peer.makeRoom(6); });
    kernel.after(5s, [&] { peer.makeRoom(100); });
    server.step(1min);
    check(peer.received == "hell", "what there is room for is sent at once");
    server.step(1min);
    check(peer.received == "hello, wor", "more room, more is sent");
    check(backend.interestOf(peer.handle) == InterestFlag::write, "nothing is read while output waits");
    server.step(1min);
    check(peer.received == "hello, world", "in the end everything has arrived");
    check(kernel.now() == ScriptedKernel::start + 5s, "and not before there was room");
    server.step(polleros::Timeout::immediately());
    check(backend.interestOf(peer.handle) == InterestFlag::read, "then it is read from again");
    check(backend.changes() == 2, "two changes of interest are all that the kernel was asked for");
}

static void aSilentPeerIsSentAwayAfterThirtySeconds() {
    ScriptedKernel kernel;
    Peer peer{.kernel = kernel};
    TestServer server;
    check(server.open(FakeSocket(peer)), "a session is opened");

    kernel.after(20s, [&] { peer.say("still here"); });
    server.step(polleros::Timeout::never());
    server.step(29s);
    check(server.poller().size() == 1, "after 49 seconds, 29 of them silent, it lives");
    server.step(polleros::Timeout::never());
    check(server.poller().size() == 0, "then it is over");
    check(kernel.now() == ScriptedKernel::start + 50s, "on the second");
    check(!kernel.isOpen(peer.handle), "and its socket is closed");
}

static void anExhaustedKernelCostsOneSessionAndNoOther() {
    ScriptedKernel kernel;
    Peer unlucky{.kernel = kernel, .room = 1};
    Peer lucky{.kernel = kernel};
    Peer refused{.kernel = kernel};
    TestServer server;
    check(server.open(FakeSocket(unlucky)) && server.open(FakeSocket(lucky)), "two sessions are opened");
    Scripted& backend = server.poller().backend();

    backend.fail(Scripted::Call::add, ENOSPC);
    check(!server.open(FakeSocket(refused)), "a third is refused");
    check(!kernel.isOpen(refused.handle), "and its socket is not leaked");

    backend.failOn(Scripted::Call::modify, unlucky.handle, ENOMEM);
    unlucky.say("abc"); // the answer needs a change of interest, which fails
    server.step(1s);
    server.step(1s);
    check(server.poller().size() == 1, "one session is ended");
    lucky.say("abc");
    server.step(1s);
    check(lucky.received == "abc", "the other is served");
}

int main() {
    aSlowPeerIsWaitedForAndNotReadFrom();
    aSilentPeerIsSentAwayAfterThirtySeconds();
    anExhaustedKernelCostsOneSessionAndNoOther();
    std::puts("all is well");
}
