// SPDX-License-Identifier: MIT
// expect: deleted
// A poller owns a kernel set, and channels that point into it.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
#ifdef MUST_NOT_COMPILE
    polleros::Poller<polleros::backend::Native> copy = poller;
#endif
}
