// SPDX-License-Identifier: MIT
// libuv's uv_poll_t, its way to wait for descriptors of others.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <uv.h>

namespace bench {

template <class Work>
class LibuvLoop {
public:
    using State = typename Work::State;
    struct Item {
        ::uv_poll_t poll;
        ::uv_timer_t idle;
        LibuvLoop* loop;
        int fd;
        State state;
    };
    using Token = Item*;

    LibuvLoop(Work& work, std::size_t /*most*/) : work_(work) {
        require(::uv_loop_init(&loop_) == 0, "uv_loop_init");
        if constexpr (Work::wakes) {
            require(::uv_async_init(&loop_, &wake_, [](::uv_async_t*) {}) == 0, "uv_async_init");
        }
    }
    ~LibuvLoop() {
        ::uv_walk(
            &loop_,
            [](::uv_handle_t* handle, void*) {
                if (::uv_is_closing(handle) == 0) {
                    ::uv_close(handle, nullptr);
                }
            },
            nullptr);
        ::uv_run(&loop_, UV_RUN_DEFAULT);
        ::uv_loop_close(&loop_);
    }
    LibuvLoop(const LibuvLoop&) = delete;
    LibuvLoop& operator=(const LibuvLoop&) = delete;

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->loop = this;
        item->fd = fd;
        item->state = state;
        require(::uv_poll_init(&loop_, &item->poll, fd) == 0, "uv_poll_init");
        item->poll.data = item;
        want(item, wanted);
        if constexpr (Work::hasDeadlines) {
            ::uv_timer_init(&loop_, &item->idle);
            ::uv_timer_start(&item->idle, [](::uv_timer_t*) {}, idleSeconds * 1000, idleSeconds * 1000);
        }
        return item;
    }
    void want(Token item, unsigned wanted) {
        ::uv_poll_start(&item->poll,
                        ((wanted & readable) != 0 ? UV_READABLE : 0) | ((wanted & writable) != 0 ? UV_WRITABLE : 0),
                        onReady);
    }
    void progress(Token item) { ::uv_timer_again(&item->idle); }
    void remove(Token item) { // it may be used again when the loop has let go of it
        ::uv_close(reinterpret_cast<::uv_handle_t*>(&item->poll), [](::uv_handle_t* handle) {
            auto* const closed = static_cast<Item*>(handle->data);
            closed->loop->items_.give(closed);
        });
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        if (!work_.isDone()) {
            isRunning_ = true;
            ::uv_run(&loop_, UV_RUN_DEFAULT);
            isRunning_ = false;
        }
    }
    void turn(Blocking blocking) { ::uv_run(&loop_, blocking == Blocking::yes ? UV_RUN_ONCE : UV_RUN_NOWAIT); }
    void wake() { ::uv_async_send(&wake_); }

private:
    static void onReady(::uv_poll_t* poll, int /*status*/, int events) {
        auto* const item = static_cast<Item*>(poll->data);
        LibuvLoop& loop = *item->loop;
        loop.work_.serve(loop, item,
                         ((events & UV_READABLE) != 0 ? readable : 0U) | ((events & UV_WRITABLE) != 0 ? writable : 0U));
        if (loop.isRunning_ && loop.work_.isDone()) {
            ::uv_stop(&loop.loop_);
        }
    }

    Work& work_;
    ::uv_loop_t loop_{};
    ::uv_async_t wake_{};
    Pool<Item> items_;
    bool isRunning_ = false;
};

} // namespace bench
