// SPDX-License-Identifier: MIT
// The whole surface compiles, links and works with -fno-exceptions -fno-rtti: on every backend, with every kind of
// locality, with and without deadlines. clang-tidy sees the library through this file too.
#include <polleros/backend/poll.hpp>
#include <polleros/backend/scripted.hpp>
#include <polleros/dispatcher.hpp>
#include <polleros/polleros.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using namespace polleros;
using namespace std::chrono_literals;

int failures = 0;

void check(bool ok, const char* what, std::string_view backend) {
    if (!ok) {
        std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(backend.size()), backend.data(), what);
        ++failures;
    }
}

/// Local only while it wants nothing, and with a deadline.
class Timed {
public:
    explicit Timed(NativeHandle handle) noexcept : handle_(handle) {}
    [[nodiscard]] NativeHandle handle() const noexcept { return handle_; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
    [[nodiscard]] TimePoint deadline() const noexcept { return until; }
    [[nodiscard]] bool intentIsLocal() const noexcept { return wanted.empty(); }

    Triggers wanted = Trigger::recv;
    TimePoint until = noDeadline;

private:
    NativeHandle handle_;
};

using Either = OneOf<SocketSource, Timed>;

/// Two ends that make each other readable, as the backend understands it.
template <class B>
class Wire {
public:
    Wire() : pair_(net::socketPair(ec_)) {}
    [[nodiscard]] bool good() const { return !ec_; }
    [[nodiscard]] NativeHandle reader() const { return pair_.first.nativeHandle(); }
    void feed() { check(static_cast<bool>(net::send(pair_.second, "x")), "send", "pair"); }

private:
    std::error_code ec_;
    net::SocketPair pair_;
};

template <>
class Wire<backend::Scripted> {
public:
    Wire() : handle_(kernel_.openHandle()) {}
    [[nodiscard]] bool good() const { return true; }
    [[nodiscard]] NativeHandle reader() const { return handle_; }
    void feed() { kernel_.setReady(handle_, ReadyFlag::read); }

private:
    backend::ScriptedKernel kernel_;
    NativeHandle handle_;
};

template <class B>
void useEverything(std::string_view name = B::name()) {
    Wire<B> wire; // before the poller: a scripted one lives in its kernel
    check(wire.good(), "pair", name);
    std::error_code ec;
    Poller<B, Either> poller({.initialChannels = 4, .backend = name}, ec);
    check(!ec, "constructor", name);
    check(!poller.reserve(16), "reserve", name);

    auto* const timed = poller.attachChannel(Timed(wire.reader()), ec);
    check(timed != nullptr && !ec, "attach", name);
    auto* const idle = poller.attachChannel(ChannelNumber{7}, SocketSource(invalidHandle, {}), ec);
    check(idle != nullptr && poller.find(ChannelNumber{7}) == idle, "attach by number", name);
    check(poller.attachChannel(ChannelNumber{7}, SocketSource(invalidHandle, {}), ec) == nullptr, "attach twice", name);
    check(ec == Errc::alreadyAttached, "condition", name);

    wire.feed();
    WaitResult result = poller.waitTriggers(5s, ec);
    check(!ec && result.channels == 1 && result.triggers.has(Trigger::recv), "wait", name);
    for (auto& channel : poller.triggered()) {
        check(channel.act().has(Trigger::recv) && channel.template peekAs<Timed>() != nullptr, "iteration", name);
        if (auto* const source = channel.template as<Timed>()) {
            source->wanted = {};
            source->until = poller.now();
        }
    }

    ChannelRef<Either> ref = timed->ref();
    result = poller.waitTriggers(5s, ec);
    check(!ec && result.triggers.has(Trigger::timeout), "deadline", name);
    for (auto& channel : poller.triggered()) {
        check(channel.markForDeletion() && channel.isMarked(), "mark", name);
    }
    std::size_t farewells = 0;
    const std::size_t deleted = poller.deleteMarked([&](ChannelNumber, Either&&) { ++farewells; });
    check(deleted == 1 && farewells == 1, "farewell", name);
    check(!ref && poller.size() == 1, "deleted", name);

    Waker waker = poller.waker(ec);
    waker.wake();
    check(poller.waitTriggers(Timeout::never(), ec).woken && !ec, "wake", name);

    check(!poller.prepare(ec).isNever() || poller.size() == 1, "prepare", name);
    check(!poller.harvest(ec).woken, "harvest", name);

    idle->handleReplaced();
    idle->visit([](auto& source) { static_cast<void>(source.handle()); });
    poller.touch(ChannelNumber{7});
    const std::optional<Either> detached = poller.detachChannel(ChannelNumber{7}, ec);
    check(detached.has_value() && poller.size() == 0, "detach", name);
    poller.deleteAll();
    check(poller.waitTriggers(Timeout::immediately(), ec).timedOut && !ec, "poll", name);
    check(poller.backendName() == name && poller.stats().waits >= 4, "stats", name);
}

template <class B>
void useDispatcher() {
    const std::string_view name = B::name();
    Wire<B> wire;
    std::error_code ec;
    Dispatcher<B> dispatcher({}, ec);
    check(!ec, "constructor of a dispatcher", name);
    int told = 0;
    ec = dispatcher.registerHandle(wire.reader(), EventKind::readable, [&](const Event& event) {
        told += event.kind == EventKind::readable ? 1 : 0;
        check(dispatcher.start() == Errc::reentrant, "start in a handler", name);
        dispatcher.stop();
    });
    check(!ec && dispatcher.size() == 1, "register", name);
    wire.feed();
    dispatcher.run(ec);
    check(!ec && told == 1, "run", name);
    check(!dispatcher.start(), "start", name);
    dispatcher.join();
    check(told == 2 && dispatcher.deregisterHandle(wire.reader()), "deregister", name);
}

void useNet() {
    std::error_code ec;
    const net::Socket listener = net::listenTcp(net::Endpoint::loopback4(0), ec);
    const net::Endpoint where = net::localEndpoint(listener, ec);
    const net::ConnectResult client = net::connectTcp(where, ec);
    check(!ec && where.port() != 0, "connect", "net");
    check(where == net::Endpoint::parse(where.toString(), ec) && !ec, "parse", "net");

    Poller<backend::Native> poller({}, ec);
    check(poller.attachChannel(SocketSource(listener, Trigger::accept), ec) != nullptr, "attach a listener", "net");
    check(poller.waitTriggers(5s, ec).triggers.has(Trigger::accept), "wait for a connection", "net");
    const net::AcceptResult accepted = net::accept(listener);
    check(static_cast<bool>(accepted) && !net::noDelay(accepted.socket), "accept", "net");
    std::array<char, 8> room{};
    check(net::recv(accepted.socket, room).wouldBlock(), "recv", "net");
}

} // namespace

int main() {
    useEverything<backend::Native>();
    useEverything<backend::Poll>();
    useEverything<backend::Scripted>();
    for (const std::string_view name : backend::Any::available()) {
        useEverything<backend::Any>(name);
    }
    useDispatcher<backend::Native>();
    useDispatcher<backend::Poll>();
    useDispatcher<backend::Scripted>();
    useNet();
    return failures == 0 ? 0 : 1;
}
