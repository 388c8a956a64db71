// SPDX-License-Identifier: MIT
// The seam without time: nobody sleeps. A wait that finds nothing ready lets the clock jump to its end, or to the alarm's
// time if that comes first. A wait that nothing could end, and one too many, are noted and fail: no test hangs.
#pragma once

#include <polleros/detail/os_calls.hpp>
#include <polleros/timeout.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace polleros_test {

// What all calls of one run share.
struct Stage {
    static constexpr int everything = 1'000'000;
    static constexpr std::size_t mostWaits = 5'000;

    static inline polleros::TimePoint clock{std::chrono::hours(1)};
    static inline int room = everything;  // a wait tells no more than so many events
    static inline bool oldKernel = false; // without epoll_pwait2
    static inline std::size_t waits = 0;
    static inline bool stuck = false; // a wait would never have ended, or there was no end of them
    static inline int timer = -1;     // the alarm's, while it is set
    static inline polleros::TimePoint rings{};
    static inline std::array<::pollfd, 64> list{}; // what poll(2) was given last
    static inline std::size_t listed = 0;

    static void reset() noexcept {
        room = everything;
        oldKernel = false;
        waits = 0;
        stuck = false;
        timer = -1;
        listed = 0;
    }

    // Real at last, and at once, if its time has come.
    template <class Base>
    static void ring() noexcept {
        if (timer != -1 && rings <= clock) {
            Base::timerSet(timer, polleros::TimePoint{std::chrono::nanoseconds(1)});
            ::pollfd entry{timer, POLLIN, 0};
            ::poll(&entry, 1, 5'000);
            timer = -1;
        }
    }

    template <class Base, class Look>
    static int wait(polleros::Timeout timeout, Look look) noexcept {
        if (++waits > mostWaits) {
            return giveUp();
        }
        ring<Base>();
        const int got = look();
        if (got != 0 || timeout.isImmediate()) {
            return got;
        }
        const auto end = timeout.deadline(clock);
        const auto next = timer != -1 ? std::min(end, rings) : end;
        if (next == polleros::noDeadline) {
            return giveUp();
        }
        clock = std::max(clock, next);
        ring<Base>();
        return look();
    }

private:
    static int giveUp() noexcept {
        stuck = true;
        errno = ECANCELED;
        return -1;
    }
};

template <class Base>
struct TimelessCalls : Base {
    static polleros::TimePoint now() noexcept { return Stage::clock; }
    static void sleepMillisecond() noexcept { Stage::clock += std::chrono::milliseconds(1); }

    static int close(int fd) noexcept {
        Stage::timer = fd == Stage::timer ? -1 : Stage::timer;
        return Base::close(fd);
    }

    static int poll(::pollfd* entries, std::size_t count, polleros::Timeout timeout) noexcept {
        Stage::listed = std::min(count, Stage::list.size());
        std::copy_n(entries, Stage::listed, Stage::list.begin());
        return Stage::wait<Base>(timeout, [&] {
            const int got = Base::poll(entries, count, polleros::Timeout::immediately());
            int left = Stage::room;
            for (std::size_t index = 0; index != count; ++index) {
                if (entries[index].revents != 0 && --left < 0) {
                    entries[index].revents = 0;
                }
            }
            return std::min(got, Stage::room);
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

} // namespace polleros_test
