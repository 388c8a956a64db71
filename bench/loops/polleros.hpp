// SPDX-License-Identifier: MIT
// polleros, as its README says: sources that state what they want, channels that are served.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <polleros/polleros.hpp>

namespace bench {

namespace detail {

// When it was last heard of; of sources that have a deadline.
template <bool>
struct IdleSince {};
template <>
struct IdleSince<true> {
    polleros::TimePoint since{};
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return since + std::chrono::seconds(idleSeconds); }
};

} // namespace detail

enum class Numbers { picked, users };

// `local`: only touched channels are looked at; else all, before every wait.
template <class Work, class Backend, bool local = true, Numbers numbers = Numbers::picked>
class PollerOsLoop {
public:
    using State = typename Work::State;
    struct Source : detail::IdleSince<Work::hasDeadlines> {
        int fd;
        polleros::Triggers wanted;
        State state;

        static constexpr bool intentIsLocal = local;
        [[nodiscard]] int handle() const noexcept { return fd; }
        [[nodiscard]] polleros::Triggers triggers() const noexcept { return wanted; }
    };
    using Poller = polleros::Poller<Backend, Source>;
    using Token = typename Poller::Channel*;

    PollerOsLoop(Work& work, std::size_t most) : work_(work), poller_({.initialChannels = most}) {
        if constexpr (Work::wakes) {
            waker_ = poller_.waker();
        }
    }

    Token add(int fd, unsigned wanted, State state) {
        Source source;
        source.fd = fd;
        source.wanted = triggersOf(wanted);
        source.state = state;
        if constexpr (Work::hasDeadlines) {
            source.since = poller_.waitTime();
        }
        if constexpr (numbers == Numbers::picked) {
            return &poller_.attachChannel(std::move(source));
        } else {
            return &poller_.attachChannel(polleros::ChannelNumber{next_++}, std::move(source));
        }
    }
    void want(Token channel, unsigned wanted) { channel->source().wanted = triggersOf(wanted); }
    void progress(Token channel) {
        if constexpr (Work::hasDeadlines) {
            channel->source().since = poller_.waitTime();
        }
    }
    void remove(Token channel) { poller_.deleteChannel(*channel); }
    [[nodiscard]] int fd(Token channel) const noexcept { return channel->peek().fd; }
    [[nodiscard]] State& state(Token channel) const noexcept { return channel->source().state; }

    void run() {
        while (!work_.isDone()) {
            turn(Blocking::yes);
        }
    }
    POLLEROS_ALWAYS_INLINE void turn(Blocking blocking) { // as the wait is, in a loop written by hand
        using polleros::Timeout;
        poller_.waitTriggers(blocking == Blocking::yes ? Timeout::never() : Timeout::immediately());
        for (auto& channel : poller_.triggered()) {
            const polleros::Triggers act = channel.act();
            const unsigned read = act.has(polleros::Trigger::recv | polleros::Trigger::err) ? readable : nothing;
            const unsigned write = act.has(polleros::Trigger::send) ? writable : nothing;
            work_.serve(*this, &channel, read | write);
        }
    }

    void wake() { waker_.wake(); }

    [[nodiscard]] Poller& poller() noexcept { return poller_; }

private:
    static polleros::Triggers triggersOf(unsigned wanted) noexcept {
        using enum polleros::Trigger;
        return polleros::when((wanted & readable) != 0, recv) | polleros::when((wanted & writable) != 0, send);
    }

    Work& work_;
    Poller poller_;
    polleros::Waker waker_;
    std::uint64_t next_ = 0;
};

} // namespace bench
