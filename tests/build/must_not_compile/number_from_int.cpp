// SPDX-License-Identifier: MIT
// expect: no matching
// A channel number is not any integer.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
#ifdef MUST_NOT_COMPILE
    poller.attachChannel(7, polleros::SocketSource{polleros::invalidHandle, {}});
#else
    poller.attachChannel(polleros::ChannelNumber{7}, polleros::SocketSource{polleros::invalidHandle, {}});
#endif
}
