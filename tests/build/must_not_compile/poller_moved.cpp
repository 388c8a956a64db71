// SPDX-License-Identifier: MIT
// expect: deleted
// Wakers and ChannelRefs know the poller by its address.
#include <polleros/polleros.hpp>

#include <utility>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
#ifdef MUST_NOT_COMPILE
    polleros::Poller<polleros::backend::Native> other = std::move(poller);
#endif
}
