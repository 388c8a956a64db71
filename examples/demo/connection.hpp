// SPDX-License-Identifier: MIT
// The server's side of a connection: echoes, with backpressure and an idle deadline.
#pragma once

#include "output.hpp"

#include <polleros/net/tcp.hpp>
#include <polleros/source.hpp>

#include <cstdint>
#include <system_error>

namespace demo {

/// How a connection ended, as the server saw it.
enum class End : std::uint8_t {
    none,     ///< not yet
    finished, ///< the client sends no more, and everything has been sent back
    reset,    ///< by the client
    idle,     ///< by its deadline
    broken,   ///< otherwise: see error()
};
inline constexpr std::size_t endCount = 5;

/// What a connection did, for the report.
struct Conduct {
    std::uint64_t bytes = 0;       ///< received
    std::uint64_t changes = 0;     ///< of its intent, each of which another loop would have told the kernel
    std::uint64_t pauses = 0;      ///< times that it went without `recv` into a wait
    std::uint64_t inVain = 0;      ///< reports at which there was nothing to do
    std::size_t highestOutput = 0; ///< bytes waiting to be sent
};

class Connection {
public:
    static constexpr std::size_t watermark = 65'536; ///< with more than this to send it receives nothing
    static constexpr std::size_t chunk = 16'384;     ///< received at once, at most
    static constexpr bool intentIsLocal = true;      // changes only by serve() and fail()

    Connection(polleros::net::Socket socket, std::chrono::nanoseconds idleLimit) noexcept;

    [[nodiscard]] const polleros::net::Socket& handle() const noexcept { return socket_; }

    /// All there is to backpressure. Nobody is told when this changes; the poller finds out.
    [[nodiscard]] polleros::Triggers triggers() const noexcept {
        using enum polleros::Trigger;
        return when(!inputEnded_ && output_.size() <= watermark, recv) | when(!output_.empty(), send);
    }
    /// All there is to idle timeouts: whoever moves a byte moves its deadline.
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return lastMove_ + idleLimit_; }

    void serve(polleros::Triggers act);
    void fail(const std::error_code& error) noexcept;

    [[nodiscard]] End end() const noexcept { return end_; }
    [[nodiscard]] const std::error_code& error() const noexcept { return error_; }
    [[nodiscard]] const Conduct& conduct() const noexcept { return conduct_; }

private:
    bool receive(polleros::Triggers act);
    bool send();
    void noteIntent() noexcept;
    void notePause() noexcept;

    polleros::net::Socket socket_;
    std::chrono::nanoseconds idleLimit_;
    polleros::TimePoint lastMove_ = polleros::Clock::now();
    Output output_;
    bool inputEnded_ = false;
    bool paused_ = false;
    End end_ = End::none;
    std::error_code error_;
    polleros::Triggers noted_ = polleros::Trigger::recv;
    Conduct conduct_;
};

} // namespace demo
