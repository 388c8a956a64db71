// SPDX-License-Identifier: MIT
// expect: no matching
// A channel owns its source: it is moved in, and the caller says so.
#include <polleros/polleros.hpp>

#include <utility>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
    polleros::SocketSource source{polleros::invalidHandle, {}};
#ifdef MUST_NOT_COMPILE
    poller.attachChannel(source);
#else
    poller.attachChannel(std::move(source));
#endif
}
