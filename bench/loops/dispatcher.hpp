// SPDX-License-Identifier: MIT
// polleros' Dispatcher: a handler for each descriptor. It runs until it is stopped, and has no turns.
#pragma once

#include "loops/loop.hpp"

#include <polleros/dispatcher.hpp>

namespace bench {

template <class Work>
class DispatcherLoop {
public:
    using State = typename Work::State;
    struct Item {
        int fd;
        State state;
    };
    using Token = Item*;

    DispatcherLoop(Work& work, std::size_t most) : work_(work), dispatcher_(optionsFor(most)) {}

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->fd = fd;
        item->state = state;
        const std::error_code ec = dispatcher_.registerHandle(
            fd, kindsOf(wanted),
            [this, item](const polleros::Event& event) {
                work_.serve(*this, item, event.kind == polleros::EventKind::writable ? writable : readable);
                if (work_.isDone()) {
                    dispatcher_.stop();
                }
            },
            {.writableInterval = std::chrono::nanoseconds::zero()});
        if (ec) {
            throw std::system_error(ec, "Dispatcher");
        }
        return item;
    }
    void remove(Token item) {
        dispatcher_.deregisterHandle(item->fd);
        items_.give(item);
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        if (!work_.isDone()) {
            dispatcher_.run();
        }
    }

private:
    static polleros::DispatcherOptions optionsFor(std::size_t most) {
        polleros::DispatcherOptions options;
        options.poller.initialChannels = most;
        return options;
    }
    static polleros::EventKinds kindsOf(unsigned wanted) noexcept {
        using polleros::EventKind;
        polleros::EventKinds kinds;
        kinds |= (wanted & readable) != 0 ? polleros::EventKinds(EventKind::readable) : polleros::EventKinds();
        kinds |= (wanted & writable) != 0 ? polleros::EventKinds(EventKind::writable) : polleros::EventKinds();
        return kinds;
    }

    Work& work_;
    polleros::Dispatcher<polleros::backend::Epoll> dispatcher_;
    Pool<Item> items_;
};

} // namespace bench
