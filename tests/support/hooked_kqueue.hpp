// SPDX-License-Identifier: MIT
// The hook's layer for kqueue() and kevent(). Each change is asked about by itself: one that is made to fail does not
// reach the kernel, and is answered as the kernel answers what it refuses.
#pragma once

#include "support/calls.hpp"

#include <polleros/handle.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <ctime>

namespace polleros_test {

// Which queues have a user event, to tell a wake from a wait.
class WakeQueues {
public:
    static void set(int queue, bool wakes) noexcept {
        if (static_cast<std::size_t>(queue) < known_.size()) {
            known_[static_cast<std::size_t>(queue)].store(wakes, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] static bool has(int queue) noexcept {
        return static_cast<std::size_t>(queue) < known_.size() &&
               known_[static_cast<std::size_t>(queue)].load(std::memory_order_relaxed);
    }

private:
    static inline std::array<std::atomic<bool>, 4096> known_{};
};

template <class Base>
struct HookedKqueue : Base {
    using Kevent = typename Base::Kevent;

    static int kqueue() noexcept {
        const int queue = Base::template run<int>(Call::kqueue, polleros::invalidHandle, [] { return Base::kqueue(); });
        WakeQueues::set(queue, false);
        return queue;
    }

    static int kevent(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        const bool wake = isWake(queue, changes, changeCount);
        const Call call = kindOf(wake, changes, changeCount);
        const auto real = [&]() noexcept {
            return wake ? Base::kevent(queue, changes, changeCount, events, room, limit)
                        : changed(queue, changes, changeCount, events, room, limit);
        };
        const EventBuffer buffer{events, static_cast<int>(room)};
        return Base::template run<int>(call, polleros::invalidHandle, real,
                                       call == Call::keventWait ? buffer : EventBuffer{});
    }

private:
    static bool isWake(int queue, const Kevent* changes, std::size_t changeCount) noexcept {
        if constexpr (Base::hasUserFilter) {
            if (changeCount == 1 && changes[0].filter == Base::userFilter && (changes[0].flags & Base::evAdd) != 0) {
                WakeQueues::set(queue, true);
            }
        }
        return WakeQueues::has(queue);
    }

    static Call kindOf(bool wake, const Kevent* changes, std::size_t changeCount) noexcept {
        if (wake) {
            return changeCount == 0                        ? Call::keventTake
                   : (changes[0].flags & Base::evAdd) != 0 ? Call::keventUser
                                                           : Call::keventTrigger;
        }
        const bool answered = changeCount != 0 && (changes[0].flags & Base::evReceipt) != 0;
        return answered ? Call::keventChange : Call::keventWait;
    }

    struct Refusal {
        int error = 0;     // that this change is made to fail with
        bool made = false; // all the same, so that its error is no lie
    };
    static Refusal refusalOf(const Kevent& change) noexcept {
        const auto handle = static_cast<polleros::NativeHandle>(change.ident);
        const Call call = (change.flags & Base::evAdd) != 0      ? Call::keventAdd
                          : (change.flags & Base::evDelete) != 0 ? Call::keventDelete
                                                                 : Call::keventAsk;
        bool made = false;
        const auto make = [&]() noexcept {
            made = true;
            return 0;
        };
        return Base::template run<int>(call, handle, make) == 0 ? Refusal{} : Refusal{errno, made};
    }

    static int changed(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                       const ::timespec* limit) noexcept {
        std::size_t first = 0;
        Refusal refusal;
        while (first != changeCount && (refusal = refusalOf(changes[first])).error == 0) {
            ++first;
        }
        if (first == changeCount) {
            return Base::kevent(queue, changes, changeCount, events, room, limit);
        }
        // One by one. The two lists may be the same: nothing is answered before its change was read.
        std::size_t answered = 0;
        for (std::size_t index = 0; index != changeCount; ++index) {
            Kevent change = changes[index];
            const Refusal refused = index == first ? refusal : index < first ? Refusal{} : refusalOf(change);
            const bool receipt = (change.flags & Base::evReceipt) != 0;
            Kevent answer = change;
            int got = 1;
            if (refused.error == 0 || refused.made) {
                change.flags = static_cast<decltype(change.flags)>(change.flags | Base::evReceipt);
                const ::timespec none{};
                got = Base::kevent(queue, &change, 1, &answer, 1, &none);
                if (got < 0) {
                    return got;
                }
            }
            if (refused.error != 0) {
                answer = changes[index];
                answer.flags = Base::evError;
                answer.data = refused.error;
                got = 1;
            }
            if (got == 1 && (receipt || answer.data != 0) && answered != room) {
                events[answered++] = answer;
            }
        }
        return static_cast<int>(answered);
    }
};

} // namespace polleros_test
