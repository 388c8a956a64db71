// SPDX-License-Identifier: MIT
// expect: const|read-only|discards
// peek() does not touch the channel, so it gives no way to change the source.
#include <polleros/polleros.hpp>

int main() {
    polleros::Poller<polleros::backend::Native> poller;
    auto& channel = poller.attachChannel(polleros::SocketSource{polleros::invalidHandle, {}});
#ifdef MUST_NOT_COMPILE
    channel.peek().want(polleros::Trigger::recv);
#else
    channel.source().want(polleros::Trigger::recv);
#endif
}
