// SPDX-License-Identifier: MIT
// One client: talks, verifies what comes back, and ends the way it is meant to.
#pragma once

#include "findings.hpp"
#include "stream.hpp"

#include <polleros/net/tcp.hpp>
#include <polleros/timeout.hpp>

#include <array>
#include <string>
#include <system_error>

namespace demo {

/// A fast reader sends a message, waits until it is back, thinks a little, and sends the next. A slow one sends as much
/// as is taken, and reads a little now and then: it is what backpressure is for.
///
/// It knows nothing of pollers: whoever drives it asks what it waits for, and steps it.
class Client {
public:
    using TimePoint = polleros::TimePoint;

    Client(Pace pace, Ending ending, std::uint64_t seed, std::chrono::nanoseconds idleLimit);

    /// Begins to connect. An error means that it has not begun: descriptors or ports are short.
    [[nodiscard]] std::error_code connect(const polleros::net::Endpoint& server, Findings& findings);

    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return socket_.nativeHandle(); }
    [[nodiscard]] bool wantsToRead(TimePoint now) const noexcept;
    [[nodiscard]] bool wantsToWrite() const noexcept;
    /// When it has something to do, whatever its socket does.
    [[nodiscard]] TimePoint dueAt(TimePoint now) const noexcept;
    [[nodiscard]] bool begun() const noexcept { return phase_ != Phase::idle; }
    [[nodiscard]] bool over() const noexcept { return phase_ == Phase::over; }

    void step(bool readable, bool writable, TimePoint now, Findings& findings);
    /// Time is up: sends nothing new, and goes on to its end.
    void wrapUp() noexcept;

private:
    enum class Phase : std::uint8_t { idle, connecting, talking, ending, over };

    [[nodiscard]] bool midMessage() const noexcept { return messageSent_ < messageSize_; }
    [[nodiscard]] bool mayTalk() const noexcept;
    void talk(TimePoint now, Findings& findings);
    void compose();
    void beginEnding(Findings& findings);
    bool read(TimePoint now, Findings& findings);
    void ended(Findings& findings);
    void unexpected(const std::string& what, Findings& findings);

    Pace pace_;
    Ending ending_;
    Phase phase_ = Phase::idle;
    polleros::net::Socket socket_;
    std::chrono::nanoseconds idleLimit_;
    Stream chance_;
    Stream outgoing_;
    Stream expected_;
    std::uint64_t quota_; // bytes that it means to send
    std::uint64_t sent_ = 0;
    std::uint64_t back_ = 0;
    std::uint64_t echoes_ = 0;
    TimePoint lastMessage_{}; // when it began to be sent
    TimePoint lastSend_{};    // before the last call that sent something
    TimePoint talkAt_{};      // thinks until then
    TimePoint readAt_{};      // does not read until then
    std::size_t messageSize_ = 0;
    std::size_t messageSent_ = 0;
    std::array<char, 4096> message_;
};

} // namespace demo
