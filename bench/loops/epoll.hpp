// SPDX-License-Identifier: MIT
// The floor: an epoll loop as one writes it by hand, with a pointer for each descriptor in the kernel and nothing else.
#pragma once

#include "loops/hand_wake.hpp"
#include "loops/loop.hpp"
#include "support/descriptor.hpp"

#include <type_traits>

#include <sys/epoll.h>

namespace bench {

template <class Work>
class EpollLoop {
public:
    using State = typename Work::State;
    struct Item {
        int fd;
        State state;
    };
    using Token = Item*;

    EpollLoop(Work& work, std::size_t /*most*/) : work_(work), set_(::epoll_create1(EPOLL_CLOEXEC)), events_(1024) {
        require(set_.get() != -1, "epoll_create1");
        if constexpr (Work::wakes) {
            control(EPOLL_CTL_ADD, wake_.fd(), EPOLLIN | EPOLLET, nullptr);
        }
    }

    Token add(int fd, unsigned wanted, State state) {
        Item* const item = items_.take();
        item->fd = fd;
        item->state = state;
        control(EPOLL_CTL_ADD, fd, maskOf(wanted), item);
        return item;
    }
    void want(Token item, unsigned wanted) { control(EPOLL_CTL_MOD, item->fd, maskOf(wanted), item); }
    void remove(Token item) {
        control(EPOLL_CTL_DEL, item->fd, 0, nullptr);
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
        const int count = ::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()),
                                       blocking == Blocking::yes ? -1 : 0);
        for (int index = 0; index < count; ++index) {
            const ::epoll_event& event = events_[static_cast<std::size_t>(index)];
            if (Work::wakes && event.data.ptr == nullptr) {
                continue; // an edge: it need not be read
            }
            const unsigned read = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? readable : nothing;
            const unsigned write = (event.events & EPOLLOUT) != 0 ? writable : nothing;
            work_.serve(*this, static_cast<Item*>(event.data.ptr), read | write);
        }
        if constexpr (Work::wakes) {
            wake_.rearm();
        }
    }

    void wake() { wake_.wake(); }

private:
    static std::uint32_t maskOf(unsigned wanted) noexcept {
        return ((wanted & readable) != 0 ? EPOLLIN : 0U) | ((wanted & writable) != 0 ? EPOLLOUT : 0U);
    }
    void control(int operation, int fd, std::uint32_t mask, Item* item) {
        ::epoll_event event{};
        event.events = mask;
        event.data.ptr = item;
        require(::epoll_ctl(set_.get(), operation, fd, &event) == 0, "epoll_ctl");
    }

    Work& work_;
    Descriptor set_;
    std::vector<::epoll_event> events_;
    Pool<Item> items_;
    std::conditional_t<Work::wakes, HandWake, NoWake> wake_;
};

} // namespace bench
