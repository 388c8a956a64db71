// SPDX-License-Identifier: MIT
// Many clients on one thread.
#pragma once

#include "client.hpp"
#include "plain_poll.hpp"
#include "progress.hpp"
#include "settings.hpp"

#include <vector>

namespace demo {

/// Drives its clients without a poller.
class Crowd {
public:
    Crowd(const Settings& settings, const polleros::net::Endpoint& server, std::size_t size, std::uint64_t seed,
          Progress& progress);

    /// Replaces every client that has ended by a new one until `end`, then sees the rest to their ends.
    void run(polleros::TimePoint end);

    /// After run().
    [[nodiscard]] const Findings& findings() const noexcept { return findings_; }

private:
    [[nodiscard]] Client nextClient();
    void replaceEnded(polleros::TimePoint now);
    void wrapUp();
    [[nodiscard]] bool allOver() const;
    [[nodiscard]] polleros::Timeout prepare(polleros::TimePoint now);
    void step(polleros::TimePoint now);

    const Settings& settings_;
    polleros::net::Endpoint server_;
    std::uint64_t seed_;
    Progress& progress_;
    Findings findings_;
    std::vector<Client> clients_;
    std::vector<Polled> waits_;
    polleros::TimePoint connectAt_{}; // no descriptor or port was to be had: not before
    std::uint64_t ended_ = 0;
};

} // namespace demo
