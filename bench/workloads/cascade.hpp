// SPDX-License-Identifier: MIT
// W1, and W2: tokens travel from channel to channel, and each event is one read and one write. Most channels may be idle.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

namespace bench {

template <bool withDeadlines = false>
struct BasicCascade {
    static constexpr bool wakes = false;
    static constexpr bool hasDeadlines = withDeadlines;
    struct State {
        int next; // where the token goes from here
    };

    std::int64_t left = 0;

    [[nodiscard]] bool isDone() const noexcept { return left <= 0; }

    template <class Loop>
    void serve(Loop& loop, typename Loop::Token item, unsigned /*readable*/) {
        if constexpr (hasDeadlines) {
            loop.progress(item);
        }
        take(loop.fd(item));
        put(loop.state(item).next);
        --left;
    }
};
using Cascade = BasicCascade<>;

// `active` tokens on so many channels, spread evenly.
template <template <class> class Loop, class Work = Cascade>
class CascadeRig {
public:
    CascadeRig(std::size_t channels, std::size_t active, Kind kind)
        : channels_(makeChannels(channels, kind)), loop_(work_, channels) {
        for (std::size_t index = 0; index < channels; ++index) {
            loop_.add(channels_[index].in(), readable, {channels_[(index + 1) % channels].out()});
        }
        for (std::size_t token = 0; token < active; ++token) {
            put(channels_[token * channels / active].out());
        }
        run(static_cast<std::int64_t>(active) * 4);
    }

    void run(std::int64_t events) {
        work_.left += events;
        loop_.run();
    }

private:
    std::vector<Channel> channels_;
    Work work_;
    Loop<Work> loop_;
};

// One pair of sockets plays ping-pong beside idle channels.
template <template <class> class Loop>
class PingPongRig {
public:
    explicit PingPongRig(std::size_t idle)
        : idle_(makeChannels(idle, Kind::eventFd)), pair_(makeChannel(Kind::pair)), loop_(work_, idle + 2) {
        for (const Channel& channel : idle_) {
            loop_.add(channel.in(), readable, {-1});
        }
        loop_.add(pair_.in(), readable, {pair_.in()});
        loop_.add(pair_.out(), readable, {pair_.out()});
        put(pair_.in());
        run(16);
    }

    void run(std::int64_t events) {
        work_.left += events;
        loop_.run();
    }

private:
    std::vector<Channel> idle_;
    Channel pair_;
    Cascade work_;
    Loop<Cascade> loop_;
};

} // namespace bench
