// SPDX-License-Identifier: MIT
// expect: Source
// A source has handle() and triggers().
#include <polleros/polleros.hpp>

struct Mute {
    int handle() const noexcept { return -1; }
#ifndef MUST_NOT_COMPILE
    polleros::Triggers triggers() const noexcept { return {}; }
#endif
};

int main() {
    polleros::Poller<polleros::backend::Native, Mute> poller;
}
