// SPDX-License-Identifier: MIT
// expect: const|local
// A local intent changes only when the source is changed, so asking for it must not change it.
#include <polleros/polleros.hpp>

struct Fickle {
    static constexpr bool intentIsLocal = true;

    int handle() const noexcept { return -1; }
#ifdef MUST_NOT_COMPILE
    polleros::Triggers triggers() noexcept { return asked++ % 2 ? polleros::Trigger::recv : polleros::Trigger::send; }
#else
    polleros::Triggers triggers() const noexcept { return polleros::Trigger::recv; }
#endif
    int asked = 0;
};

int main() {
    polleros::Poller<polleros::backend::Native, Fickle> poller;
    poller.attachChannel(Fickle{});
    poller.waitTriggers(polleros::Timeout::immediately());
}
