// SPDX-License-Identifier: MIT
// A listener that cannot take its clients, for want of descriptors.
#include "support/bench.hpp"
#include "unit/net/posix/descriptors.hpp"

#include <polleros/net/accept.hpp>
#include <polleros/net/tcp.hpp>

namespace polleros_test {

namespace {

// As the comment at accept() says it: pauses instead of asking for what cannot be had.
struct Server {
    polleros::net::Socket listener;
    Triggers wanted = accept;
    polleros::TimePoint resumes = polleros::noDeadline;
    int tries = 0;
    int taken = 0;

    static constexpr bool intentIsLocal = true;
    [[nodiscard]] const polleros::net::Socket& handle() const noexcept { return listener; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return resumes; }

    void serve(Triggers act, polleros::TimePoint now) {
        if (act.has(timeout)) {
            resumes = polleros::noDeadline;
            wanted = accept;
        }
        if (act.has(accept)) {
            ++tries;
            const auto result = polleros::net::accept(listener);
            taken += result.socket ? 1 : 0;
            if (result.outOfResources()) {
                wanted = {};
                resumes = now + 20ms;
            }
        }
    }
};

} // namespace

TEMPLATE_TEST_CASE("a server without descriptors pauses, and takes its client when there are some",
                   "[endurance][sleeps]", POLLEROS_REAL_SETTINGS) {
    polleros::Poller<typename TestType::Backend, Server> poller;
    auto& channel = poller.attachChannel(Server{polleros::net::listenTcp(polleros::net::Endpoint::loopback4(0))});
    const auto client = polleros::net::connectTcp(polleros::net::localEndpoint(channel.peek().listener));
    const auto serveFor = [&](std::chrono::milliseconds length) {
        const auto end = poller.now() + length;
        std::size_t waits = 0;
        while (poller.now() < end && channel.peek().taken == 0) {
            ++waits;
            poller.waitTriggers(end);
            for (auto& reported : poller.triggered()) {
                reported.source().serve(reported.act(), poller.waitTime());
            }
        }
        return waits;
    };
    std::size_t waits = 0;
    {
        const NoDescriptors none;
        waits = serveFor(200ms);
    }
    CHECK(waits <= 2 * 200 / 20 + 3); // a pause is told by one wait, and a try by another
    CHECK(channel.peek().tries >= 1);
    CHECK(channel.peek().taken == 0);
    serveFor(5s);
    CHECK(channel.peek().taken == 1);
}

} // namespace polleros_test
