// SPDX-License-Identifier: MIT
// expect: no matching
// Only a source of the poller, or one of the alternatives of its OneOf, can be attached.
#include <polleros/polleros.hpp>

struct Listener : polleros::SocketSource {
    using SocketSource::SocketSource;
};
struct Connection : polleros::SocketSource {
    using SocketSource::SocketSource;
};
struct Stranger : polleros::SocketSource {
    using SocketSource::SocketSource;
};

#ifdef MUST_NOT_COMPILE
using Attached = Stranger;
#else
using Attached = Connection;
#endif

int main() {
    polleros::Poller<polleros::backend::Native, polleros::OneOf<Listener, Connection>> poller;
    poller.attachChannel(Attached{polleros::invalidHandle, {}});
}
