// SPDX-License-Identifier: MIT
// A thousand connections one after the other, each of which gets the numbers of the last one.
#include "support/bench.hpp"
#include "support/posix/folder.hpp"

#include <polleros/net/accept.hpp>
#include <polleros/net/io.hpp>
#include <polleros/net/local.hpp>
#include <polleros/net/tcp.hpp>

namespace polleros_test {

namespace {

namespace net = polleros::net;

enum class Role { listener, client, session };

struct Talker {
    net::Socket socket;
    Role role;
    Triggers wanted;

    static constexpr bool intentIsLocal = true;
    [[nodiscard]] const net::Socket& handle() const noexcept { return socket; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
};

template <class Backend>
class Echo {
public:
    explicit Echo(net::Socket listener) { poller_.attachChannel(Talker{std::move(listener), Role::listener, accept}); }

    // One connection: it says a byte, hears it again, and the two ends go. False if that has not come to its end.
    bool exchange(net::ConnectResult client) {
        poller_.attachChannel(Talker{std::move(client.socket), Role::client, connect});
        isOver_ = false;
        for (const auto end = poller_.now() + 10s; !isOver_ && poller_.now() < end;) {
            poller_.waitTriggers(end);
            for (auto& channel : poller_.triggered()) {
                serve(channel);
            }
            poller_.deleteMarked();
        }
        return isOver_ && poller_.size() == 1;
    }
    [[nodiscard]] const polleros::Stats& stats() const { return poller_.stats(); }

private:
    using Poller = polleros::Poller<Backend, Talker>;

    void serve(typename Poller::Channel& channel) {
        Talker& talker = channel.source();
        const Triggers act = channel.act();
        char byte = 'x';
        switch (talker.role) {
        case Role::listener:
            if (auto accepted = net::accept(talker.socket); accepted.socket) {
                poller_.attachChannel(Talker{std::move(accepted.socket), Role::session, recv});
            }
            break;
        case Role::client:
            if (act.has(connect)) {
                static_cast<void>(net::send(talker.socket, std::string_view(&byte, 1)));
                talker.wanted = recv;
            } else if (net::recv(talker.socket, std::span(&byte, 1)).over()) {
                channel.markForDeletion();
                isOver_ = true;
            }
            break;
        case Role::session:
            static_cast<void>(net::recv(talker.socket, std::span(&byte, 1)));
            static_cast<void>(net::send(talker.socket, std::string_view(&byte, 1)));
            channel.markForDeletion();
        }
    }

    Poller poller_;
    bool isOver_ = false;
};

template <class TheSetting, class Connect>
void churn(net::Socket listener, Connect connect) {
    Echo<typename TheSetting::Backend> echo(std::move(listener));
    const int rounds = sanitized ? 200 : often(1000);
    int done = 0;
    while (done < rounds && echo.exchange(connect())) {
        ++done;
    }
    CHECK(done == rounds);
    CHECK(echo.stats().staleEvents == 0);
    CHECK(echo.stats().rebuilds == 0);
}

} // namespace

TEMPLATE_TEST_CASE("a thousand TCP connections come and go", "[endurance][slow]", POLLEROS_REAL_SETTINGS) {
    net::Socket listener = net::listenTcp(net::Endpoint::loopback4(0));
    const net::Endpoint where = net::localEndpoint(listener);
    churn<TestType>(std::move(listener), [&] { return net::connectTcp(where); });
}

TEMPLATE_TEST_CASE("a thousand AF_UNIX connections come and go", "[endurance][slow]", POLLEROS_REAL_SETTINGS) {
    const Folder folder;
    const net::Endpoint where = net::Endpoint::local(folder / "socket");
    churn<TestType>(net::listenLocal(where), [&] { return net::connectLocal(where); });
}

} // namespace polleros_test
