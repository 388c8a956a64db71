// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include "system.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace demo {

using polleros::Trigger;
using polleros::Triggers;
namespace net = polleros::net;

Connection::Connection(net::Socket socket, std::chrono::nanoseconds idleLimit) noexcept
    : socket_(std::move(socket)), idleLimit_(idleLimit) {}

/// Receives once, not until it would block: what is left is reported again, and nobody waits long for his turn.
void Connection::serve(Triggers act) {
    // When more channels are ready than a wait can report, a deadline may come up before the bytes that would have moved
    // it. One look more, once in a connection's life, and nobody pays for the server's being busy.
    const bool looks = act.has(Trigger::recv) || (act.has(Trigger::timeout) && triggers().has(Trigger::recv));
    bool moved = looks && receive(act);
    moved = end_ == End::none && !output_.empty() && send() ? true : moved;
    if (moved) {
        // Now, not when the wait returned: bytes that came since are served already, and their sender counts from then.
        lastMove_ = polleros::Clock::now();
    }
    if (end_ != End::none) {
        return;
    }
    if (inputEnded_ && output_.empty()) {
        end_ = End::finished;
    } else if (act.has(Trigger::timeout) && !moved) {
        end_ = End::idle;
    } else if (!moved && !inputEnded_) {
        ++conduct_.inVain;
    }
    notePause();
}

/// True if bytes came.
bool Connection::receive(Triggers act) {
    std::array<char, chunk> bytes;
    const net::IoResult got = net::recv(socket_, bytes);
    if (got) {
        output_.append(std::span(bytes).first(got.bytes));
        conduct_.bytes += got.bytes;
        conduct_.highestOutput = std::max(conduct_.highestOutput, output_.size());
    } else if (got.ended() && act.has(Trigger::err)) { // Wine tells a reset as the end, but not without this
        fail(std::make_error_code(std::errc::connection_reset));
    } else if (got.ended()) {
        inputEnded_ = true;
    } else if (got.failed()) {
        fail(got.error);
    }
    noteIntent();
    return static_cast<bool>(got);
}

/// True if bytes went. Tried at once, without asking whether it would block: mostly it would not.
bool Connection::send() {
    const net::IoResult put = net::send(socket_, output_.front());
    output_.sent(put.bytes);
    if (put.failed()) {
        fail(put.error);
    }
    noteIntent();
    return static_cast<bool>(put);
}

void Connection::fail(const std::error_code& error) noexcept {
    end_ = isReset(error) ? End::reset : End::broken;
    error_ = error;
}

/// Nothing that a server needs: counts what a loop would do that tells the kernel of every change of mind.
void Connection::noteIntent() noexcept {
    const Triggers now = triggers();
    if (now == noted_ || end_ != End::none) {
        return;
    }
    ++conduct_.changes;
    noted_ = now;
}

/// Likewise, of backpressure.
void Connection::notePause() noexcept {
    const bool pauses = !inputEnded_ && !triggers().has(Trigger::recv);
    conduct_.pauses += pauses && !paused_ ? 1 : 0;
    paused_ = pauses;
}

} // namespace demo
