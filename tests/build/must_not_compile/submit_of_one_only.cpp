// SPDX-License-Identifier: MIT
// expect: submit.std::error_code&. and submit.SeqN. come together
// Nor would anybody ask a backend for the changes of one that it cannot submit together: one of several is no exception.
#include <polleros/backend/any.hpp>
#include <polleros/polleros.hpp>

struct Batching : polleros::backend::Poll {
    using Base = polleros::backend::Poll;
    using Base::Base;
    static constexpr std::string_view name() noexcept { return "batching"; }
#ifndef MUST_NOT_COMPILE
    bool submit(std::error_code& ec) noexcept {
        ec.clear();
        return false;
    }
#endif
    std::error_code submit(polleros::SeqN) noexcept { return {}; }
};

int main() {
    polleros::Poller<polleros::backend::AnyOf<polleros::backend::Poll, Batching>> poller;
    auto& channel = poller.attachChannel(polleros::SocketSource(polleros::invalidHandle, {}));
    static_cast<void>(poller.apply(channel));
}
