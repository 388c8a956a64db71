// SPDX-License-Identifier: MIT
#pragma once

#include "unit/net/faulty_net.hpp"

#include <polleros/net/accept.hpp>

#include <deque>

namespace polleros_test {

// What accept says if the system says this first.
inline polleros::net::AcceptResult acceptAfter(const polleros::net::Socket& listener, std::deque<int> codes) {
    FaultyNet::reset();
    FaultyNet::script.accept = std::move(codes);
    polleros::net::AcceptResult result = polleros::detail::accept<FaultyNet>(listener.nativeHandle(), nullptr);
    FaultyNet::reset();
    return result;
}

} // namespace polleros_test
