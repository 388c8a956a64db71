// SPDX-License-Identifier: MIT
// expect: deleted
// An iteration is one pass over the channels with activity; two of them would each miss some.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
    poller.waitTriggers(polleros::Timeout::immediately());
    auto triggered = poller.triggered();
#ifdef MUST_NOT_COMPILE
    auto again = triggered;
#endif
}
