// SPDX-License-Identifier: MIT
// expect: Backend
// A backend models the concept Backend.
#include <polleros/polleros.hpp>

struct Nothing {};

#ifdef MUST_NOT_COMPILE
using Chosen = Nothing;
#else
using Chosen = polleros::backend::Native;
#endif

int main() {
    polleros::Poller<Chosen> poller;
}
