// SPDX-License-Identifier: MIT
// asio as a readiness loop: async_wait, asked for anew after each event.
#pragma once

#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <memory>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace bench {

template <class Work>
class AsioLoop {
public:
    using State = typename Work::State;
    struct Item {
        std::unique_ptr<::asio::posix::stream_descriptor> descriptor;
        std::unique_ptr<::asio::steady_timer> idle;
        int fd = -1;
        unsigned wanted = nothing;
        unsigned armed = nothing; // what an async_wait is under way for
        unsigned pending = 0;     // handlers that will still be called
        bool isGone = false;
        State state{};
    };
    using Token = Item*;

    AsioLoop(Work& work, std::size_t /*most*/) : work_(work), context_(Work::wakes ? ASIO_CONCURRENCY_HINT_SAFE : 1) {
        if constexpr (Work::wakes) { // without a descriptor it would wait for a condition variable
            quiet_ = makeEventFd(0);
            add(quiet_.get(), readable, {});
        }
    }
    ~AsioLoop() {
        for (Item* const item : alive_) {
            item->descriptor->release();
        }
    }
    AsioLoop(const AsioLoop&) = delete;
    AsioLoop& operator=(const AsioLoop&) = delete;

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        if (!item->descriptor) {
            item->descriptor = std::make_unique<::asio::posix::stream_descriptor>(context_);
            alive_.push_back(item);
        }
        item->descriptor->assign(fd);
        item->fd = fd;
        item->isGone = false;
        item->armed = nothing;
        item->state = state;
        if constexpr (Work::hasDeadlines) {
            item->idle = std::make_unique<::asio::steady_timer>(context_);
            progress(item);
        }
        want(item, wanted);
        return item;
    }
    void want(Token item, unsigned wanted) {
        item->wanted = wanted;
        arm(item);
    }
    void progress(Token item) {
        item->idle->expires_after(std::chrono::seconds(idleSeconds));
        item->idle->async_wait([](const ::asio::error_code&) {});
    }
    void remove(Token item) {
        item->descriptor->release();
        item->isGone = true;
        if (item->pending == 0) {
            items_.give(item);
        }
    }
    [[nodiscard]] int fd(Token item) const noexcept { return item->fd; }
    [[nodiscard]] State& state(Token item) const noexcept { return item->state; }

    void run() {
        if (!work_.isDone()) {
            isRunning_ = true;
            context_.restart();
            context_.run();
            isRunning_ = false;
        }
    }
    void turn(Blocking blocking) {
        context_.restart();
        if (blocking == Blocking::yes) {
            context_.run_one();
        } else {
            context_.poll();
        }
    }
    void wake() {
        ::asio::post(context_, [] {});
    }

private:
    // A wait that is no longer wanted is let be: cancelling it costs more than ignoring it.
    void arm(Item* item) {
        const unsigned missing = item->wanted & ~item->armed;
        if ((missing & readable) != 0) {
            wait(item, readable, ::asio::posix::stream_descriptor::wait_read);
        }
        if ((missing & writable) != 0) {
            wait(item, writable, ::asio::posix::stream_descriptor::wait_write);
        }
    }
    void wait(Item* item, Ready what, ::asio::posix::stream_descriptor::wait_type type) {
        item->armed |= what;
        ++item->pending;
        item->descriptor->async_wait(type, [this, item, what](const ::asio::error_code& error) {
            --item->pending;
            item->armed &= ~static_cast<unsigned>(what);
            if (item->isGone) {
                if (item->pending == 0) {
                    items_.give(item);
                }
            } else if (!error && (item->wanted & what) != 0) {
                work_.serve(*this, item, what);
                arm(item);
                if (isRunning_ && work_.isDone()) {
                    context_.stop();
                }
            }
        });
    }

    Work& work_;
    ::asio::io_context context_;
    ::asio::executor_work_guard<::asio::io_context::executor_type> guard_ = ::asio::make_work_guard(context_);
    Pool<Item> items_;
    std::vector<Item*> alive_;
    Descriptor quiet_;
    bool isRunning_ = false;
};

} // namespace bench
