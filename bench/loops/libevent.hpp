// SPDX-License-Identifier: MIT
// libevent, which has one event for both directions, to be deleted and added for another interest; plain, or with a list
// of changes that it hands to epoll before it waits.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>

namespace bench {

template <class Work, bool changelist = false>
class LibeventLoop {
public:
    using State = typename Work::State;
    struct Item {
        ::event event;
        LibeventLoop* loop;
        State state;
    };
    using Token = Item*;

    LibeventLoop(Work& work, std::size_t /*most*/) : work_(work) {
        if constexpr (Work::wakes) {
            require(::evthread_use_pthreads() == 0, "evthread_use_pthreads");
        }
        ::event_config* const config = ::event_config_new();
        ::event_config_avoid_method(config, "poll");
        ::event_config_avoid_method(config, "select");
        if (changelist) {
            ::event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
        }
        base_ = ::event_base_new_with_config(config);
        ::event_config_free(config);
        require(base_ != nullptr, "event_base_new");
        if constexpr (Work::wakes) {
            ::event_assign(&wake_, base_, -1, EV_PERSIST, [](evutil_socket_t, short, void*) {}, nullptr);
            ::event_add(&wake_, nullptr);
        }
    }
    ~LibeventLoop() { ::event_base_free(base_); }
    LibeventLoop(const LibeventLoop&) = delete;
    LibeventLoop& operator=(const LibeventLoop&) = delete;

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->loop = this;
        item->state = state;
        ::event_assign(&item->event, base_, fd, maskOf(wanted), onReady, item);
        start(item);
        return item;
    }
    void want(Token item, unsigned wanted) {
        ::event_del(&item->event);
        ::event_assign(&item->event, base_, item->event.ev_fd, maskOf(wanted), onReady, item);
        start(item);
    }
    void progress(Token item) { start(item); }
    void remove(Token item) {
        ::event_del(&item->event);
        items_.give(item);
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->event.ev_fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        if (!work_.isDone()) {
            isRunning_ = true;
            ::event_base_loop(base_, 0);
            isRunning_ = false;
        }
    }
    void turn(Blocking blocking) { // without a descriptor it would end at once
        ::event_base_loop(base_, blocking == Blocking::yes ? EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY : EVLOOP_NONBLOCK);
    }
    void wake() { ::event_active(&wake_, 0, 0); }

private:
    static short maskOf(unsigned wanted) noexcept {
        return static_cast<short>(((wanted & readable) != 0 ? EV_READ : 0) | ((wanted & writable) != 0 ? EV_WRITE : 0) |
                                  EV_PERSIST);
    }
    static void start(Item* item) {
        const ::timeval idle{idleSeconds, 0};
        ::event_add(&item->event, Work::hasDeadlines ? &idle : nullptr);
    }
    static void onReady(evutil_socket_t, short events, void* data) {
        auto* const item = static_cast<Item*>(data);
        Work& work = item->loop->work_;
        work.serve(*item->loop, item,
                   ((events & EV_READ) != 0 ? readable : 0U) | ((events & EV_WRITE) != 0 ? writable : 0U));
        if (item->loop->isRunning_ && work.isDone()) {
            ::event_base_loopbreak(item->loop->base_);
        }
    }

    Work& work_;
    ::event_base* base_ = nullptr;
    ::event wake_{};
    Pool<Item> items_;
    bool isRunning_ = false;
};

} // namespace bench
