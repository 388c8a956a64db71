// SPDX-License-Identifier: MIT
#include "server.hpp"

#include "kernel_buffers.hpp"
#include "system.hpp"

#include <algorithm>
#include <utility>

namespace demo {

using polleros::Timeout;
using polleros::Trigger;
using polleros::Triggers;
namespace net = polleros::net;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 5s;           // once it is to stop
constexpr int mostClientsPerTurn = 256; // those who are here want to be served, too

void serve(Connection& connection, Triggers act, const std::error_code& error) {
    if (error) { // the poller's own: it could not wait for this connection
        connection.fail(error);
    } else {
        connection.serve(act);
    }
}

} // namespace

Server::Server(const Settings& settings, Progress& progress)
    : settings_(settings), progress_(progress), poller_({.initialChannels = settings.connections + 1}) {
    Listener listener(net::listenTcp(net::Endpoint::loopback4(0)));
    endpoint_ = net::localEndpoint(listener.handle());
    poller_.attachChannel(std::move(listener));
}

void Server::run() {
    while (!stopping_ || poller_.size() > 1) {
        const auto result = poller_.waitTriggers(stopping_ ? Timeout(patience) : Timeout::never());
        if (result.timedOut) {
            break; // somebody is left who neither moves nor meets a deadline: the report will say so
        }
        for (auto& channel : poller_.triggered()) {
            if (auto* connection = channel.as<Connection>()) {
                serve(*connection, channel.act(), channel.error());
                if (connection->end() != End::none) {
                    channel.markForDeletion();
                }
            } else if (auto* listener = channel.as<Listener>()) {
                accept(*listener, channel.act());
            }
        }
        poller_.deleteMarked([this](auto, auto&& source) { note(std::get<Connection>(source.variant())); });
        progress_.connected.store(poller_.size() - 1, std::memory_order_relaxed);
    }
    report_.leftOver = poller_.size() - 1;
    report_.backend = poller_.backendName();
    report_.stats = poller_.stats();
    report_.cpuTime = threadCpuTime();
}

void Server::stop() noexcept {
    stopping_ = true;
    waker_.wake();
}

void Server::accept(Listener& listener, Triggers act) {
    if (act.has(Trigger::timeout)) {
        listener.resume();
    }
    for (int clients = 0; clients < mostClientsPerTurn; ++clients) {
        net::AcceptResult client = net::accept(listener.handle());
        if (client) {
            admit(std::move(client.socket));
        } else if (client.outOfResources()) {
            listener.rest();
            ++report_.rests;
            return;
        } else if (client.failed()) {
            refuse(client.error);
            listener.rest();
            return;
        } else if (client.wouldBlock()) {
            return;
        }
    }
}

void Server::admit(net::Socket client) {
    ++report_.accepted;
    std::error_code ec = net::noDelay(client);
    if (!ec) {
        ec = net::sendBuffer(client, sendBuffer);
    }
    if (!ec) {
        poller_.attachChannel(Connection(std::move(client), settings_.idleLimit), ec);
    }
    if (ec) {
        refuse(ec);
    }
}

void Server::refuse(const std::error_code& error) {
    ++report_.refused;
    report_.breakage = error.message();
}

/// The farewell of a connection that has left the poller.
void Server::note(const Connection& connection) {
    ++report_.ends[static_cast<std::size_t>(connection.end())];
    if (connection.end() == End::broken && report_.breakage.empty()) {
        report_.breakage = connection.error().message();
    }
    const Conduct& conduct = connection.conduct();
    report_.connections.bytes += conduct.bytes;
    report_.connections.changes += conduct.changes;
    report_.connections.pauses += conduct.pauses;
    report_.connections.inVain += conduct.inVain;
    report_.connections.highestOutput = std::max(report_.connections.highestOutput, conduct.highestOutput);
}

} // namespace demo
