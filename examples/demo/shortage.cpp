// SPDX-License-Identifier: MIT
#include "shortage.hpp"

#include "system.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace demo {

namespace net = polleros::net;
using namespace std::chrono_literals;

Shortage starveOfDescriptors(const net::Endpoint& server, std::chrono::milliseconds howLong) {
    if (!DescriptorShortage::possible()) {
        return {};
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<net::Socket> guests;
    {
        const DescriptorShortage shortage(16);
        while (std::chrono::steady_clock::now() - start < howLong) {
            std::error_code ec;
            guests.push_back(net::connectTcp(server, ec).socket);
            if (ec) {
                guests.pop_back();
                std::this_thread::sleep_for(1ms);
            }
        }
    }
    const auto lasted = std::chrono::steady_clock::now() - start;
    // One whose connect had not ended may never be seen by the server.
    const auto connected = std::count_if(guests.begin(), guests.end(), [](const net::Socket& guest) {
        std::error_code ec;
        static_cast<void>(net::remoteEndpoint(guest, ec));
        return !ec;
    });
    return {static_cast<std::size_t>(connected), lasted};
}

} // namespace demo
