// SPDX-License-Identifier: MIT
// expect: nodiscard
// An error code that is all a command returns is not dropped unseen.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
#ifdef MUST_NOT_COMPILE
    poller.reserve(10);
#else
    return poller.reserve(10) ? 1 : 0;
#endif
}
