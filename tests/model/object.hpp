// SPDX-License-Identifier: MIT
// The reference: what a channel must and may be told, from the state of its object and what it asks for. It knows nothing
// of how the library finds out.
#pragma once

#include "support/ends.hpp"

#include <polleros/triggers.hpp>

#include <algorithm>

namespace polleros_test {

using enum polleros::Trigger;
using polleros::Triggers;

struct Expectation {
    Triggers must;
    Triggers may; // and these beside
};

struct Object {
#if defined(_WIN32)
    static constexpr bool endIsToldBehindData = false; // perhaps only when that was read
#else
    static constexpr bool endIsToldBehindData = true;
#endif

    Kind kind = Kind::unixStream;
    std::size_t unread = 0; // bytes, datagrams, connections, notices
    bool full = false;      // nothing more can be sent
    bool stuffed = false;   // the peer has not read what we sent
    bool ended = false;     // the peer sends no more
    bool closed = false;    // the peer's end is closed
    bool reset = false;
    bool error = false; // pending
    bool erred = false; // there was one

    [[nodiscard]] bool isStream() const { return kind == Kind::unixStream || kind == Kind::tcp; }
    [[nodiscard]] bool isPipe() const { return kind == Kind::pipeReader || kind == Kind::pipeWriter; }
    [[nodiscard]] bool isReadable() const { return unread != 0 || ended || isBroken() || (closed && isStream()); }
    [[nodiscard]] bool isWritable() const {
        const bool canSend = isStream() || kind == Kind::pipeWriter || kind == Kind::udp || kind == Kind::notifier;
        return isBroken() || (canSend && !full);
    }
    // What TCP was given moves on to the peer's buffer when the system comes to it: soon, but not at once on a busy one.
    [[nodiscard]] bool makesRoom() const { return kind == Kind::tcp && full; }
    // Both directions are gone.
    [[nodiscard]] bool isBroken() const { return reset || (closed && (isPipe() || kind == Kind::unixStream)); }
    [[nodiscard]] bool hasPeer() const { return !closed && !reset; }

    // What can be asked of this kind everywhere.
    [[nodiscard]] Triggers askable() const {
        switch (kind) {
        case Kind::unixStream:
        case Kind::tcp: return recv | send | hangup | work;
        case Kind::udp:
        case Kind::notifier: return recv | send | work;
        case Kind::pipeWriter: return send | work;
        default: return recv | work;
        }
    }

    // All that could be told of it.
    [[nodiscard]] Triggers ready() const {
        const Expectation all = expect(recv | send | hangup);
        return all.must | all.may;
    }
    [[nodiscard]] Expectation expect(Triggers intent) const {
        Expectation told{intent & work, {}};
        const Triggers asked = intent & (recv | send | hangup);
        if (asked.empty()) {
            return told;
        }
        told.must |= asked & polleros::when(isReadable(), recv);
        told.must |= asked & polleros::when(isWritable(), send);
        told.may |= asked & polleros::when(makesRoom(), send);
        const bool over = ended || closed || reset;
        told.must |= asked & polleros::when(over && (endIsToldBehindData || unread == 0), hangup);
        told.may |= asked & polleros::when(over, hangup);
        // Which systems call it an error differs, and reading it may clear it.
        told.may |= polleros::when(error || erred || isBroken(), err);
        return told;
    }

    // --- what happens to it

    void peerWrite(std::size_t count) { unread = kind == Kind::udp ? unread + 1 : unread + count; }
    void peerHalfClose() { ended = true; }
    void peerClose() {
        closed = true;
        ended = ended || isStream();
        error = error || (kind == Kind::unixStream && stuffed);
    }
    void peerReset() {
        reset = true;
        error = true;
    }
    void peerDrain() { full = stuffed = false; }
    void fill() { full = stuffed = true; }
    void read(std::size_t most) {
        if (error) {
            erred = true;
            error = false;
        }
        unread -= kind == Kind::notifier ? unread : std::min(most, unread);
    }
};

} // namespace polleros_test
