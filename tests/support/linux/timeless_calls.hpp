// SPDX-License-Identifier: MIT
// The seam of Linux without time, and that of the suite's kqueue.
#pragma once

#include "support/stage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace polleros_test {

template <class Base>
struct TimelessCalls : Base {
    static polleros::TimePoint now() noexcept { return Stage::clock; }
    static void sleepMillisecond() noexcept { Stage::clock += std::chrono::milliseconds(1); }

    static int close(int fd) noexcept {
        Stage::timer = fd == Stage::timer ? polleros::invalidHandle : Stage::timer;
        return Base::close(fd);
    }

    static int poll(::pollfd* entries, std::size_t count, polleros::Timeout timeout) noexcept {
        Stage::note(entries, count);
        return Stage::wait<Base>(timeout, [&] {
            return Stage::tellSome(entries, count, Base::poll(entries, count, polleros::Timeout::immediately()));
        });
    }

    static int epollWait(int set, ::epoll_event* events, int room, int milliseconds) noexcept {
        const auto timeout =
            milliseconds < 0 ? polleros::Timeout::never() : polleros::Timeout(std::chrono::milliseconds(milliseconds));
        return Stage::wait<Base>(timeout, [&] { return Base::epollWait(set, events, std::min(room, Stage::room), 0); });
    }
    static int epollPwait2(int set, ::epoll_event* events, int room, polleros::Timeout timeout) noexcept {
        if (Stage::oldKernel) {
            errno = ENOSYS;
            return -1;
        }
        return Stage::wait<Base>(timeout, [&] { return Base::epollWait(set, events, std::min(room, Stage::room), 0); });
    }

    static int timerSet(int timer, polleros::TimePoint when) noexcept {
        const int result = Base::timerSet(timer, (polleros::TimePoint::max)()); // silent, until ring()
        if (result == 0) {
            Stage::timer = timer;
            Stage::rings = when;
        }
        return result;
    }
};

// The same of a set of calls that has kevent(), too.
template <class Base>
struct TimelessKqueue : TimelessCalls<Base> {
    using Kevent = typename Base::Kevent;

    static int kevent(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        const auto timeout =
            limit == nullptr
                ? polleros::Timeout::never()
                : polleros::Timeout(std::chrono::seconds(limit->tv_sec) + std::chrono::nanoseconds(limit->tv_nsec));
        const std::size_t few = std::min(room, std::max(changeCount, static_cast<std::size_t>(Stage::room)));
        return Stage::wait<Base>(timeout, [&, made = std::size_t{0}]() mutable {
            const ::timespec none{};
            const std::size_t count = changeCount - made; // the second look makes no changes
            made = changeCount;
            return Base::kevent(queue, count != 0 ? changes : nullptr, count, events, few, &none);
        });
    }
};

// What these calls are without time.
template <class Base>
struct WithoutTime {
    using Calls = TimelessCalls<Base>;
};
template <class Base>
    requires requires { typename Base::Kevent; }
struct WithoutTime<Base> {
    using Calls = TimelessKqueue<Base>;
};

} // namespace polleros_test
