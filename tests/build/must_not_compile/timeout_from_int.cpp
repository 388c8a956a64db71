// SPDX-License-Identifier: MIT
// expect: could not convert|no viable conversion|cannot convert|no known conversion|no matching
// A timeout has a unit.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
#ifdef MUST_NOT_COMPILE
    poller.waitTriggers(0);
#else
    poller.waitTriggers(std::chrono::milliseconds(0));
#endif
}
