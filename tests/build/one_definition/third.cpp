// SPDX-License-Identifier: MIT
// Compiled with POLLEROS_AUDIT the other way round.
#include <polleros/polleros.hpp>

bool waitInThird();
bool auditedInThird();

bool waitInThird() {
    std::error_code ec;
    polleros::Poller<polleros::backend::Native> poller({}, ec);
    return poller.waitTriggers(polleros::Timeout::immediately(), ec).timedOut && !ec;
}

bool auditedInThird() {
    return polleros::audited;
}
