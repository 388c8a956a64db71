// SPDX-License-Identifier: MIT
#include "parts.hpp"

bool waitInSecond(Poller& poller) {
    std::error_code ec;
    return poller.waitTriggers(polleros::Timeout::immediately(), ec).timedOut && !ec;
}

bool auditedInSecond() {
    return polleros::audited;
}
