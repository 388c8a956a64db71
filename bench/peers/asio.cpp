// SPDX-License-Identifier: MIT
#include "loops/asio.hpp"

#include "peers.hpp"
#include "rows.hpp"

#include <asio/version.hpp>

void bench::addAsio() {
    benchmark::AddCustomContext("asio", std::to_string(ASIO_VERSION / 100000) + "." +
                                            std::to_string(ASIO_VERSION / 100 % 1000) + "." +
                                            std::to_string(ASIO_VERSION % 100));
    addRows<AsioLoop>("asio");
}
