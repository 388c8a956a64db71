// SPDX-License-Identifier: MIT
// expect: submit.std::error_code&. and submit.SeqN. come together
// errors: 1
// A backend that can submit all of its changes can submit those of one.
#include <polleros/polleros.hpp>

struct Batching : polleros::backend::Poll {
    using Base = polleros::backend::Poll;
    using Base::Base;
    bool submit(std::error_code& ec) noexcept {
        ec.clear();
        return false;
    }
#ifndef MUST_NOT_COMPILE
    std::error_code submit(polleros::SeqN) noexcept { return {}; }
#endif
};

int main() {
    polleros::Poller<Batching> poller;
    auto& channel = poller.attachChannel(polleros::SocketSource(polleros::invalidHandle, {}));
    static_cast<void>(poller.apply(channel));
}
