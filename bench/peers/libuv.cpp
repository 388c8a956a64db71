// SPDX-License-Identifier: MIT
#include "loops/libuv.hpp"

#include "peers.hpp"
#include "rows.hpp"

void bench::addLibuv() {
    benchmark::AddCustomContext("libuv", ::uv_version_string());
    addRows<LibuvLoop>("libuv");
}
