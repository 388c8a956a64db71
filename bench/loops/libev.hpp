// SPDX-License-Identifier: MIT
// libev: a watcher in each item, and its callback.
#pragma once

#include "loops/loop.hpp"

// libev's header carries a compatibility class whose names shadow each other.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <ev.h>
#pragma GCC diagnostic pop

namespace bench {

template <class Work>
class LibevLoop {
public:
    using State = typename Work::State;
    struct Item {
        ::ev_io io;
        ::ev_timer idle;
        LibevLoop* loop;
        State state;
    };
    using Token = Item*;

    LibevLoop(Work& work, std::size_t /*most*/) : work_(work), loop_(::ev_loop_new(EVBACKEND_EPOLL)) {
        if constexpr (Work::wakes) {
            ev_async_init(&wake_, [](struct ev_loop*, ::ev_async*, int) {});
            ::ev_async_start(loop_, &wake_);
        }
    }
    ~LibevLoop() { ::ev_loop_destroy(loop_); }
    LibevLoop(const LibevLoop&) = delete;
    LibevLoop& operator=(const LibevLoop&) = delete;

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->loop = this;
        item->state = state;
        ev_io_init(&item->io, onReady, fd, maskOf(wanted));
        item->io.data = item;
        ::ev_io_start(loop_, &item->io);
        if constexpr (Work::hasDeadlines) {
            ev_timer_init(&item->idle, [](struct ev_loop*, ::ev_timer*, int) {}, 0., idleSeconds);
            ::ev_timer_again(loop_, &item->idle);
        }
        return item;
    }
    void want(Token item, unsigned wanted) {
        ::ev_io_stop(loop_, &item->io);
        ev_io_modify(&item->io, maskOf(wanted));
        ::ev_io_start(loop_, &item->io);
    }
    void progress(Token item) { ::ev_timer_again(loop_, &item->idle); }
    void remove(Token item) {
        ::ev_io_stop(loop_, &item->io);
        items_.give(item);
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->io.fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        if (!work_.isDone()) {
            isRunning_ = true;
            ::ev_run(loop_, 0);
            isRunning_ = false;
        }
    }
    void turn(Blocking blocking) { ::ev_run(loop_, blocking == Blocking::yes ? EVRUN_ONCE : EVRUN_NOWAIT); }
    void wake() { ::ev_async_send(loop_, &wake_); }

private:
    static int maskOf(unsigned wanted) noexcept {
        return ((wanted & readable) != 0 ? EV_READ : 0) | ((wanted & writable) != 0 ? EV_WRITE : 0);
    }
    static void onReady(struct ev_loop* loop, ::ev_io* io, int events) {
        auto* const item = static_cast<Item*>(io->data);
        Work& work = item->loop->work_;
        work.serve(*item->loop, item,
                   ((events & EV_READ) != 0 ? readable : 0U) | ((events & EV_WRITE) != 0 ? writable : 0U));
        if (item->loop->isRunning_ && work.isDone()) {
            ::ev_break(loop, EVBREAK_ALL);
        }
    }

    Work& work_;
    struct ev_loop* loop_;
    ::ev_async wake_{};
    Pool<Item> items_;
    bool isRunning_ = false;
};

} // namespace bench
