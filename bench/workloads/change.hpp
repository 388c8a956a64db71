// SPDX-License-Identifier: MIT
// W7: changes that reach the kernel at once, without a wait; by the loop's own thread, and by another while the loop waits.
#pragma once

#include "workloads/wake.hpp"

namespace bench {

enum class Changed {
    interest, // that of one channel comes and goes. An operation is one of the two
    channel,  // itself comes and goes. An operation is both
};

// One idle channel changes beside others.
template <template <class> class Loop, Changed changed>
class ChangeRig {
public:
    explicit ChangeRig(std::size_t idle)
        : idle_(makeChannels(idle, Kind::eventFd)), channel_(makeChannel(Kind::eventFd)), loop_(work_, idle + 1) {
        for (const Channel& channel : idle_) {
            loop_.add(channel.in(), readable, {});
        }
        item_ = loop_.add(channel_.in(), readable, {});
    }

    void run(std::int64_t times) {
        for (; times > 0; --times) {
            if constexpr (changed == Changed::interest) {
                wanted_ ^= readable;
                loop_.want(item_, wanted_);
            } else {
                loop_.remove(item_);
                item_ = loop_.add(channel_.in(), readable, {});
            }
        }
    }

private:
    std::vector<Channel> idle_;
    Channel channel_;
    Wakes work_;
    Loop<Wakes> loop_;
    typename Loop<Wakes>::Token item_;
    unsigned wanted_ = readable;
};

// The interest of an idle channel changes while another thread waits.
template <template <class> class Loop>
class ChangeBesideWaiterRig {
public:
    ChangeBesideWaiterRig()
        : channel_(makeChannel(Kind::eventFd)),
          loop_(work_, 1),
          item_(loop_.add(channel_.in(), readable, {})),
          waiter_([this] {
              while (!ends_.load(std::memory_order_relaxed)) {
                  loop_.turn(Blocking::yes);
              }
          }) {}
    ~ChangeBesideWaiterRig() {
        ends_.store(true, std::memory_order_relaxed);
        loop_.wake();
        waiter_.join();
    }
    ChangeBesideWaiterRig(const ChangeBesideWaiterRig&) = delete;
    ChangeBesideWaiterRig& operator=(const ChangeBesideWaiterRig&) = delete;

    void run(std::int64_t times) {
        for (; times > 0; --times) {
            wanted_ ^= readable;
            loop_.want(item_, wanted_);
        }
    }

private:
    Channel channel_;
    Wakes work_;
    Loop<Wakes> loop_;
    typename Loop<Wakes>::Token item_;
    unsigned wanted_ = readable;
    std::atomic<bool> ends_{false};
    std::thread waiter_;
};

} // namespace bench
