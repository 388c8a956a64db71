// SPDX-License-Identifier: MIT
// W4: channels that come, bring one event, and go.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

namespace bench {

struct Attach {
    static constexpr bool wakes = false;
    static constexpr bool hasDeadlines = false;
    struct State {};

    bool isServed = false;

    [[nodiscard]] bool isDone() const noexcept { return isServed; }

    template <class Loop>
    void serve(Loop& loop, typename Loop::Token item, unsigned /*readable*/) {
        take(loop.fd(item));
        isServed = true;
    }
};

template <template <class> class Loop>
class AttachRig {
public:
    AttachRig(Kind kind, std::size_t idle)
        : kind_(kind), idle_(makeChannels(idle, Kind::eventFd)), loop_(work_, idle + 1) {
        for (const Channel& channel : idle_) {
            loop_.add(channel.in(), readable, {});
        }
        run(4);
    }

    void run(std::int64_t times) {
        for (; times > 0; --times) {
            const Channel channel = kind_ == Kind::eventFd ? Channel{makeEventFd(1), Descriptor()} : makeChannel(kind_);
            if (kind_ != Kind::eventFd) {
                put(channel.out());
            }
            const auto item = loop_.add(channel.in(), readable, {});
            work_.isServed = false;
            loop_.run();
            loop_.remove(item);
        }
    }

private:
    Kind kind_;
    std::vector<Channel> idle_;
    Attach work_;
    Loop<Attach> loop_;
};

} // namespace bench
