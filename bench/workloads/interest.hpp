// SPDX-License-Identifier: MIT
// W3: interest that comes and goes. A cycle is recv -> send -> recv.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

namespace bench {

enum class Churn {
    io,     // a byte comes, an answer is wanted to be sent, and is sent when the loop says that it can be
    pure,   // the same without the bytes
    cancel, // the answer goes out at once: that it was wanted to be sent is undone before the next wait
};

template <Churn churn, bool withDeadlines = false>
struct Interest {
    static constexpr bool wakes = false;
    static constexpr bool hasDeadlines = withDeadlines;
    struct State {
        int peer;
    };

    std::int64_t left = 0;

    [[nodiscard]] bool isDone() const noexcept { return left <= 0; }

    template <class Loop>
    void serve(Loop& loop, typename Loop::Token item, unsigned ready) {
        if constexpr (hasDeadlines) {
            loop.progress(item);
        }
        if constexpr (churn == Churn::pure) {
            loop.want(item, readable);
            --left;
        } else if constexpr (churn == Churn::io) {
            if ((ready & readable) != 0) {
                take(loop.fd(item));
                loop.want(item, writable);
            } else {
                put(loop.fd(item));
                loop.want(item, readable);
                take(loop.state(item).peer);
                --left;
            }
        } else {
            take(loop.fd(item));
            loop.want(item, writable);
            put(loop.fd(item));
            loop.want(item, readable);
            take(loop.state(item).peer);
            --left;
        }
    }
};

// All of `active` channels at a time, beside idle ones.
template <template <class> class Loop, Churn churn, bool withDeadlines = false>
class InterestRig {
public:
    InterestRig(std::size_t active, std::size_t idle)
        : idle_(makeChannels(idle, Kind::eventFd)),
          pairs_(makeChannels(active, Kind::pair)),
          loop_(work_, active + idle) {
        for (const Channel& channel : idle_) {
            loop_.add(channel.in(), readable, {-1});
        }
        for (const Channel& pair : pairs_) {
            items_.push_back(loop_.add(pair.in(), readable, {pair.out()}));
        }
        run(4);
    }

    [[nodiscard]] std::int64_t active() const noexcept { return static_cast<std::int64_t>(pairs_.size()); }

    // So many cycles of each.
    void run(std::int64_t rounds) {
        for (; rounds > 0; --rounds) {
            work_.left += active();
            if constexpr (churn == Churn::pure) {
                for (const auto item : items_) {
                    loop_.want(item, writable);
                }
                while (!work_.isDone()) {
                    loop_.turn(Blocking::no);
                }
                loop_.turn(Blocking::no); // which takes the interest back
            } else {
                for (const Channel& pair : pairs_) {
                    put(pair.out());
                }
                loop_.run();
            }
        }
    }

private:
    using Work = Interest<churn, withDeadlines>;

    std::vector<Channel> idle_;
    std::vector<Channel> pairs_;
    Work work_;
    Loop<Work> loop_;
    std::vector<typename Loop<Work>::Token> items_;
};

} // namespace bench
