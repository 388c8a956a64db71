// SPDX-License-Identifier: MIT
// A poll loop as one writes it by hand: an array for the kernel, and one of items beside it.
#pragma once

#include "loops/hand_wake.hpp"
#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <type_traits>

#include <poll.h>

namespace bench {

template <class Work>
class PollLoop {
public:
    using State = typename Work::State;
    struct Item {
        int fd;
        std::size_t index;
        State state;
    };
    using Token = Item*;

    PollLoop(Work& work, std::size_t most) : work_(work) {
        asked_.reserve(most + 1);
        of_.reserve(most + 1);
        if constexpr (Work::wakes) {
            asked_.push_back({wake_.fd(), POLLIN, 0});
            of_.push_back(nullptr);
        }
    }

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        *item = {fd, asked_.size(), state};
        asked_.push_back({fd, maskOf(wanted), 0});
        of_.push_back(item);
        return item;
    }
    void want(Token item, unsigned wanted) { asked_[item->index].events = maskOf(wanted); }
    void remove(Token item) {
        asked_[item->index] = asked_.back();
        of_[item->index] = of_.back();
        of_[item->index]->index = item->index;
        asked_.pop_back();
        of_.pop_back();
        items_.give(item);
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        while (!work_.isDone()) {
            turn(Blocking::yes);
        }
    }
    void turn(Blocking blocking) {
        int count = ::poll(asked_.data(), asked_.size(), blocking == Blocking::yes ? -1 : 0);
        for (std::size_t index = 0; count > 0; ++index) {
            const short events = asked_[index].revents;
            if (events == 0) {
                continue;
            }
            --count;
            if constexpr (Work::wakes) {
                if (of_[index] == nullptr) {
                    take(wake_.fd());
                    continue;
                }
            }
            const unsigned read = (events & (POLLIN | POLLHUP | POLLERR)) != 0 ? readable : nothing;
            const unsigned write = (events & POLLOUT) != 0 ? writable : nothing;
            work_.serve(*this, of_[index], read | write);
        }
        if constexpr (Work::wakes) {
            wake_.rearm();
        }
    }

    void wake() { wake_.wake(); }

private:
    static short maskOf(unsigned wanted) noexcept {
        return static_cast<short>(((wanted & readable) != 0 ? POLLIN : 0) | ((wanted & writable) != 0 ? POLLOUT : 0));
    }

    Work& work_;
    std::vector<::pollfd> asked_;
    std::vector<Item*> of_;
    Pool<Item> items_;
    std::conditional_t<Work::wakes, HandWake, NoWake> wake_;
};

} // namespace bench
