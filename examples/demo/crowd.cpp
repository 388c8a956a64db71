// SPDX-License-Identifier: MIT
#include "crowd.hpp"

#include <algorithm>
#include <iterator>

namespace demo {

using polleros::Clock;
using polleros::Timeout;
using polleros::TimePoint;
using namespace std::chrono_literals;

namespace {

constexpr auto connectPause = 10ms;
constexpr int mostConnectsPerRound = 32; // the others have something to say
constexpr std::uint64_t seedStep = 0x1'0000'0001U;

} // namespace

Crowd::Crowd(const Settings& settings, const polleros::net::Endpoint& server, std::size_t size, std::uint64_t seed,
             Progress& progress)
    : settings_(settings), server_(server), seed_(seed), progress_(progress), waits_(size) {
    clients_.reserve(size);
    std::generate_n(std::back_inserter(clients_), size, [this] { return nextClient(); });
}

/// One in five reads slowly; a third each half-closes, resets, falls silent. In turn, so that all six kinds come up.
Client Crowd::nextClient() {
    const std::uint64_t turn = seed_ / seedStep;
    const Pace pace = turn % 5 == 0 ? Pace::slow : Pace::fast;
    const auto ending = static_cast<Ending>(turn % endings);
    seed_ += seedStep;
    return {pace, ending, seed_, settings_.idleLimit};
}

void Crowd::run(TimePoint end) {
    bool closing = false;
    while (true) {
        const TimePoint now = Clock::now();
        if (!closing && now >= end) {
            closing = true;
            wrapUp();
        }
        if (!closing) {
            replaceEnded(now);
        }
        if (closing && allOver()) {
            return;
        }
        const Timeout timeout = closing ? prepare(now) : earliest(prepare(now), end);
        plainPoll(waits_, timeout.toMilliseconds(now));
        step(Clock::now());
        findings_.longestStall = std::max(findings_.longestStall, Clock::now() - now - timeout.remaining(now));
    }
}

void Crowd::replaceEnded(TimePoint now) {
    int connects = 0;
    for (Client& client : clients_) {
        if (client.over()) {
            client = nextClient();
        }
        if (client.begun() || now < connectAt_ || connects == mostConnectsPerRound) {
            continue;
        }
        ++connects;
        if (client.connect(server_, findings_)) {
            connectAt_ = now + connectPause;
        }
    }
}

void Crowd::wrapUp() {
    std::erase_if(clients_, [](const Client& client) { return !client.begun(); });
    waits_.resize(clients_.size());
    std::for_each(clients_.begin(), clients_.end(), [](Client& client) { client.wrapUp(); });
}

bool Crowd::allOver() const {
    return std::all_of(clients_.begin(), clients_.end(), [](const Client& client) { return client.over(); });
}

/// Says what all of them wait for, and for how long.
Timeout Crowd::prepare(TimePoint now) {
    TimePoint due = polleros::noDeadline;
    for (std::size_t index = 0; index < clients_.size(); ++index) {
        const Client& client = clients_[index];
        waits_[index] = {client.handle(), client.wantsToRead(now), client.wantsToWrite()};
        due = std::min(due, client.begun() ? client.dueAt(now) : std::max(now, connectAt_));
    }
    return due;
}

void Crowd::step(TimePoint now) {
    const std::uint64_t endedBefore = ended_;
    const std::uint64_t bytesBefore = findings_.bytesBack;
    const std::uint64_t echoesBefore = findings_.latency.count();
    for (std::size_t index = 0; index < clients_.size(); ++index) {
        Client& client = clients_[index];
        if (client.over() || !client.begun()) {
            continue;
        }
        client.step(waits_[index].readable, waits_[index].writable, now, findings_);
        ended_ += client.over() ? 1 : 0;
    }
    progress_.ended.fetch_add(ended_ - endedBefore, std::memory_order_relaxed);
    progress_.bytes.fetch_add(findings_.bytesBack - bytesBefore, std::memory_order_relaxed);
    progress_.echoes.fetch_add(findings_.latency.count() - echoesBefore, std::memory_order_relaxed);
}

} // namespace demo
