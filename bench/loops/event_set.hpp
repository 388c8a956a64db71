// SPDX-License-Identifier: MIT
// polleros' EventSet, used as epoll itself is used by hand.
#pragma once

#include "loops/loop.hpp"

#include <polleros/event_set.hpp>

namespace bench {

template <class Work>
class EventSetLoop {
public:
    using State = typename Work::State;
    struct Item {
        int fd;
        State state;
    };
    using Token = Item*;

    EventSetLoop(Work& work, std::size_t most) : work_(work), set_({.poller = {.initialChannels = most}}) {}

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->fd = fd;
        item->state = state;
        must(set_.add(fd, eventsOf(wanted), item));
        return item;
    }
    void want(Token item, unsigned wanted) { must(set_.modify(item->fd, eventsOf(wanted))); }
    void progress(Token /*item*/) {}
    void remove(Token item) {
        set_.remove(item->fd);
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
        using polleros::EventFlag;
        using polleros::Timeout;
        set_.wait(batch_, blocking == Blocking::yes ? Timeout::never() : Timeout::immediately());
        for (const auto& event : batch_) {
            const unsigned read = event.events.has(EventFlag::read | EventFlag::error) ? readable : nothing;
            const unsigned write = event.events.has(EventFlag::write) ? writable : nothing;
            if ((read | write) != nothing) {
                work_.serve(*this, event.data, read | write);
            }
        }
    }

    void wake() { set_.wakeup(); }

private:
    static polleros::Events eventsOf(unsigned wanted) noexcept {
        polleros::Events events;
        events |= (wanted & readable) != 0 ? polleros::Events(polleros::EventFlag::read) : polleros::Events();
        events |= (wanted & writable) != 0 ? polleros::Events(polleros::EventFlag::write) : polleros::Events();
        return events;
    }
    static void must(const std::error_code& ec) {
        if (ec) {
            throw std::system_error(ec, "EventSet");
        }
    }

    Work& work_;
    polleros::EventSet<polleros::backend::Epoll, Item*> set_;
    polleros::EventBatch<Item*> batch_;
    Pool<Item> items_;
};

} // namespace bench
