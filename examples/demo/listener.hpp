// SPDX-License-Identifier: MIT
// The source that accepts, and rests while there are no descriptors to accept with.
#pragma once

#include <polleros/net/tcp.hpp>
#include <polleros/source.hpp>

#include <chrono>
#include <utility>

namespace demo {

class Listener {
public:
    static constexpr std::chrono::milliseconds restTime{50};
    static constexpr bool intentIsLocal = true; // changes only by rest() and resume()

    explicit Listener(polleros::net::Socket socket) noexcept : socket_(std::move(socket)) {}

    [[nodiscard]] const polleros::net::Socket& handle() const noexcept { return socket_; }

    /// A listener without descriptors stays readable. Going on asking for `accept` would be a loop at full speed.
    [[nodiscard]] polleros::Triggers triggers() const noexcept {
        return rests() ? polleros::Triggers() : polleros::Trigger::accept;
    }
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return restUntil_; }

    [[nodiscard]] bool rests() const noexcept { return restUntil_ != polleros::noDeadline; }
    void rest() noexcept { restUntil_ = polleros::Clock::now() + restTime; }
    void resume() noexcept { restUntil_ = polleros::noDeadline; }

private:
    polleros::net::Socket socket_;
    polleros::TimePoint restUntil_ = polleros::noDeadline;
};

} // namespace demo
