// SPDX-License-Identifier: MIT
// The seam without time: nobody sleeps. A wait that finds nothing ready lets the clock jump to its end, or to the alarm's
// time if that comes first. A wait that nothing could end, and one too many, are noted and fail: no test hangs.
#pragma once

#include "support/codes.hpp"
#include "support/fds.hpp"

#include <polleros/detail/os_calls.hpp>
#include <polleros/timeout.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <system_error>

namespace polleros_test {

// What all calls of one run share.
struct Stage {
    static constexpr int everything = 1'000'000;
    static constexpr std::size_t mostWaits = 5'000;

    static inline polleros::TimePoint clock{std::chrono::hours(1)};
    static inline polleros::TimePoint opening = clock; // when it was reset
    static inline int room = everything;               // a wait tells no more than so many events
    static inline bool oldKernel = false;              // without epoll_pwait2; with a WSAPoll that forgets connects
    static inline std::size_t waits = 0;
    static inline bool stuck = false; // a wait would never have ended, or there was no end of them
    static inline NativeHandle timer = polleros::invalidHandle; // the alarm's, while it is set
    static inline polleros::TimePoint rings{};
    static inline std::array<polleros::detail::OsCalls::PollEntry, 64> list{}; // what poll(2) was given last
    static inline std::size_t listed = 0;
    static inline std::multimap<polleros::TimePoint, std::function<void()>> plans{}; // what others will do, and when

    static void reset() noexcept {
        opening = clock;
        room = everything;
        oldKernel = false;
        waits = 0;
        stuck = false;
        timer = polleros::invalidHandle;
        listed = 0;
        plans.clear();
    }

    // Time passes for everybody.
    static void pass(std::chrono::nanoseconds duration) {
        const auto end = clock + duration;
        while (!plans.empty() && plans.begin()->first <= end) {
            clock = std::max(clock, plans.begin()->first);
            carryOut();
        }
        clock = end;
    }

    template <class Entry>
    static void note(const Entry* entries, std::size_t count) noexcept {
        listed = std::min(count, list.size());
        std::copy_n(entries, listed, list.begin());
    }
    // What poll(2) has found, cut down to what there is room for. What is told for nothing takes no room.
    template <class Entry>
    static int tellSome(Entry* entries, std::size_t count, int got, int forNothing = 0) noexcept {
        int left = room;
        for (std::size_t index = 0; index != count; ++index) {
            if ((entries[index].revents & ~forNothing) != 0 && --left < 0) {
                entries[index].revents = 0;
            }
        }
        return std::min(got, room);
    }
    // What a wait says that nothing could end.
    [[nodiscard]] static std::error_code neverEnds() noexcept { return {canceled, std::system_category()}; }
    static int giveUp() noexcept {
        stuck = true;
        setLastError(canceled);
        return -1;
    }

    // Real at last, and at once, if its time has come.
    template <class Base>
    static void ring() noexcept {
        if constexpr (requires { Base::timerCreate(); }) {
            if (polleros::isSet(timer) && rings <= clock) {
                Base::timerSet(timer, polleros::TimePoint{std::chrono::nanoseconds(1)});
                static_cast<void>(pollFor(timer, readable, 5'000));
                timer = polleros::invalidHandle;
            }
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
        auto next = polleros::isSet(timer) ? std::min(end, rings) : end;
        next = plans.empty() ? next : std::min(next, plans.begin()->first);
        if (next == polleros::noDeadline) {
            return giveUp();
        }
        clock = std::max(clock, next);
        if (!plans.empty() && plans.begin()->first <= clock) {
            carryOut();
        }
        ring<Base>();
        return look();
    }

private:
    static void carryOut() {
        const auto plan = plans.extract(plans.begin());
        plan.mapped()();
    }

    static constexpr int canceled = static_cast<int>(std::errc::operation_canceled); // of no system's waits
};

} // namespace polleros_test
