// SPDX-License-Identifier: MIT
#include "client.hpp"

#include "kernel_buffers.hpp"

#include <algorithm>
#include <span>

namespace demo {

using polleros::Clock;
using polleros::noDeadline;
namespace net = polleros::net;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t slowReadSize = 4096;
constexpr auto slowReadPause = 10ms;
constexpr std::uint64_t longestThought = 16'000; // microseconds
constexpr std::size_t smallestMessage = 64;

/// Different seeds for the streams of one client.
constexpr std::uint64_t chanceSalt = 0x5EED'0000'0000'0000U;

} // namespace

Client::Client(Pace pace, Ending ending, std::uint64_t seed, std::chrono::nanoseconds idleLimit)
    : pace_(pace),
      ending_(ending),
      idleLimit_(idleLimit),
      chance_(seed ^ chanceSalt),
      outgoing_(seed),
      expected_(seed),
      quota_(pace == Pace::fast ? 50'000 + chance_.below(500'000) : 300'000 + chance_.below(700'000)) {}

std::error_code Client::connect(const net::Endpoint& server, Findings& findings) {
    std::error_code ec;
    socket_ = std::move(net::connectTcp(server, ec).socket);
    if (ec) {
        return ec;
    }
    phase_ = Phase::connecting;
    lastSend_ = Clock::now();
    ++findings.of(pace_, ending_).opened;
    // A flood of small messages had better be collected. Each in a segment of its own, they fill the other kernel's
    // buffer with overhead; it drops what does not fit, and retransmission can pause for longer than the idle limit.
    const std::error_code tuned = pace_ == Pace::fast ? net::noDelay(socket_) : net::sendBuffer(socket_, sendBuffer);
    if (tuned) {
        unexpected(tuned.message(), findings);
    }
    return {};
}

bool Client::wantsToRead(TimePoint now) const noexcept {
    return (phase_ == Phase::talking || phase_ == Phase::ending) && readAt_ <= now;
}

bool Client::wantsToWrite() const noexcept {
    return phase_ == Phase::connecting || (phase_ == Phase::talking && midMessage());
}

Client::TimePoint Client::dueAt(TimePoint now) const noexcept {
    const bool talks = phase_ == Phase::talking && !midMessage() && (mayTalk() || sent_ >= quota_);
    const bool pauses = readAt_ > now && (phase_ == Phase::talking || phase_ == Phase::ending);
    return std::min(talks ? talkAt_ : noDeadline, pauses ? readAt_ : noDeadline);
}

void Client::wrapUp() noexcept {
    quota_ = std::min<std::uint64_t>(quota_, sent_ + messageSize_ - messageSent_);
    talkAt_ = {};
}

void Client::step(bool readable, bool writable, TimePoint now, Findings& findings) {
    if (phase_ == Phase::connecting && (readable || writable)) {
        if (const std::error_code ec = net::takeError(socket_)) {
            return unexpected("connect: " + ec.message(), findings);
        }
        phase_ = Phase::talking;
    }
    readAt_ = readAt_ == TimePoint{} ? now : readAt_;
    while (readable && wantsToRead(now)) {
        readable = read(now, findings); // more than once if it is late: slow, but not slower than it means to be
    }
    if (phase_ == Phase::talking && (writable || !midMessage())) {
        talk(now, findings);
    }
}

/// A fast reader has one message under way at a time.
bool Client::mayTalk() const noexcept {
    return sent_ < quota_ && (pace_ == Pace::slow || back_ == sent_);
}

void Client::talk(TimePoint now, Findings& findings) {
    while (true) {
        if (!midMessage()) {
            if (sent_ >= quota_) {
                return beginEnding(findings);
            }
            if (!mayTalk() || talkAt_ > now) {
                return;
            }
            compose();
        }
        const TimePoint before = Clock::now();
        const auto rest = std::span<const char>(message_).first(messageSize_).subspan(messageSent_);
        const net::IoResult put = net::send(socket_, rest);
        if (!put) {
            return put.failed() ? unexpected("send: " + put.error.message(), findings) : void();
        }
        lastMessage_ = messageSent_ == 0 ? before : lastMessage_;
        lastSend_ = before;
        messageSent_ += put.bytes;
        sent_ += put.bytes;
        findings.bytesSent += put.bytes;
    }
}

void Client::compose() {
    messageSize_ = smallestMessage + static_cast<std::size_t>(chance_.below(message_.size() - smallestMessage));
    messageSent_ = 0;
    outgoing_.fill(std::span(message_).first(messageSize_));
}

/// All is said, and its echo not yet heard: that is when an end is worth testing.
void Client::beginEnding(Findings& findings) {
    phase_ = Phase::ending;
    if (ending_ == Ending::reset) {
        if (const std::error_code ec = net::abortOnClose(socket_)) {
            return unexpected("abort: " + ec.message(), findings);
        }
        socket_ = {};
        phase_ = Phase::over;
        ++findings.of(pace_, ending_).endedAsMeant;
    } else if (ending_ == Ending::halfClose) {
        if (const std::error_code ec = net::shutdownSend(socket_)) {
            unexpected("shutdown: " + ec.message(), findings);
        }
    }
}

/// True if there may be more.
bool Client::read(TimePoint now, Findings& findings) {
    std::array<char, 16'384> buffer;
    const auto room = std::span(buffer).first(pace_ == Pace::slow ? slowReadSize : buffer.size());
    const net::IoResult got = net::recv(socket_, room);
    if (!got) {
        readAt_ = now;
        if (got.ended()) {
            ended(findings);
        } else if (got.failed()) {
            unexpected("recv: " + got.error.message(), findings);
        }
        return false;
    }
    back_ += got.bytes;
    findings.bytesBack += got.bytes;
    if (back_ > sent_ || !expected_.matches(room.first(got.bytes))) {
        ++findings.wrong;
    }
    if (pace_ == Pace::slow) {
        readAt_ += slowReadPause;
    } else if (back_ == sent_ && !midMessage()) {
        (echoes_++ == 0 ? findings.firstLatency : findings.latency).add(Clock::now() - lastMessage_);
        talkAt_ = now + std::chrono::microseconds(chance_.below(longestThought));
    }
    return pace_ == Pace::slow;
}

/// The server has ended the connection, in good order. Was it to?
void Client::ended(Findings& findings) {
    const std::chrono::nanoseconds silence = Clock::now() - lastSend_;
    if (phase_ != Phase::ending) {
        return unexpected("ended while talking", findings);
    }
    findings.lost += sent_ - std::min(sent_, back_);
    ++findings.of(pace_, ending_).endedAsMeant;
    if (ending_ == Ending::silence) {
        findings.early += silence < idleLimit_ ? 1 : 0;
        findings.shortestSilence = std::min(findings.shortestSilence, silence);
        if (pace_ == Pace::fast) {
            findings.longestSilence = std::max(findings.longestSilence, silence);
        }
    }
    socket_ = {};
    phase_ = Phase::over;
}

void Client::unexpected(const std::string& what, Findings& findings) {
    ++findings.unexpected;
    if (findings.firstUnexpected.empty()) {
        findings.firstUnexpected = what;
    }
    socket_ = {};
    phase_ = Phase::over;
}

} // namespace demo
