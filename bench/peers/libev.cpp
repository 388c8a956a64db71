// SPDX-License-Identifier: MIT
#include "loops/libev.hpp"

#include "peers.hpp"
#include "rows.hpp"

void bench::addLibev() {
    benchmark::AddCustomContext("libev",
                                std::to_string(::ev_version_major()) + "." + std::to_string(::ev_version_minor()));
    addRows<LibevLoop>("libev");
}
