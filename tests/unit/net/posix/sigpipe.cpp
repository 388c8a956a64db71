// SPDX-License-Identifier: MIT
#include "support/death.hpp"
#include "unit/net/net_support.hpp"

#include <polleros/net/io.hpp>
#include <polleros/net/pair.hpp>

#include <csignal>

#include <unistd.h>

using namespace polleros_test;
using namespace polleros::net;

TEST_CASE("sending to a peer that is gone raises no signal", "[net]") {
    const auto sendToNobody = [](Socket& here, Socket& there) {
        if (there.close()) {
            std::_Exit(2);
        }
        for (int tries = 0; tries < 1000; ++tries) {
            const IoResult result = send(here, "anybody there?");
            if (result.failed()) {
                std::_Exit(result.error == systemCode(std::errc::broken_pipe) ||
                                   result.error == systemCode(std::errc::connection_reset)
                               ? 0
                               : 3);
            }
            ::usleep(1000);
        }
        std::_Exit(4);
    };
    const Death local = inChild([&] {
        std::signal(SIGPIPE, SIG_DFL);
        auto [here, there] = socketPair();
        sendToNobody(here, there);
    });
    CHECK(local.signal == 0);
    CHECK(local.status == 0);
    const Death tcp = inChild([&] {
        std::signal(SIGPIPE, SIG_DFL);
        auto [here, there] = loopbackPair();
        sendToNobody(here, there);
    });
    CHECK(tcp.signal == 0);
    CHECK(tcp.status == 0);
}
