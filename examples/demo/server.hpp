// SPDX-License-Identifier: MIT
// The echo server: one poller, one thread.
#pragma once

#include "connection.hpp"
#include "listener.hpp"
#include "progress.hpp"
#include "settings.hpp"

#include <polleros/polleros.hpp>

#include <array>
#include <atomic>
#include <string>

namespace demo {

/// What the server can say of itself when it has stopped.
struct ServerReport {
    std::string backend;
    polleros::Stats stats;
    Conduct connections;                        ///< all together; of the output the highest
    std::array<std::uint64_t, endCount> ends{}; ///< connections, by End
    std::string breakage;                       ///< why the first broken one broke
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0; ///< clients that could not be accepted or attached
    std::uint64_t rests = 0;   ///< of the listener, for want of descriptors
    std::size_t leftOver = 0;  ///< channels that should not be there any more
    std::chrono::nanoseconds cpuTime{};
};

class Server {
public:
    Server(const Settings& settings, Progress& progress);

    /// Where it listens: a port that the system picked, on the loopback interface.
    [[nodiscard]] const polleros::net::Endpoint& endpoint() const noexcept { return endpoint_; }

    /// Serves until it is asked to stop and the last client has left. On a thread of its own.
    void run();
    /// From any thread: no further client will come.
    void stop() noexcept;

    /// After run().
    [[nodiscard]] const ServerReport& report() const noexcept { return report_; }

private:
    using Poller = polleros::NativePoller<polleros::OneOf<Listener, Connection>>;

    void accept(Listener& listener, polleros::Triggers act);
    void admit(polleros::net::Socket client);
    void refuse(const std::error_code& error);
    void note(const Connection& connection);

    const Settings& settings_;
    Progress& progress_;
    ServerReport report_;
    Poller poller_;
    polleros::Waker waker_ = poller_.waker();
    polleros::net::Endpoint endpoint_;
    std::atomic<bool> stopping_{false};
};

} // namespace demo
