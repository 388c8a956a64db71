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

    // 0, or the error that this change is made to fail with.
    static int refusalOf(const Kevent& change) noexcept {
        const auto handle = static_cast<polleros::NativeHandle>(change.ident);
        const Call call = (change.flags & Base::evAdd) != 0      ? Call::keventAdd
                          : (change.flags & Base::evDelete) != 0 ? Call::keventDelete
                                                                 : Call::keventAsk;
        return Base::template run<int>(call, handle, [] { return 0; }) == 0 ? 0 : errno;
    }

    static int changed(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                       const ::timespec* limit) noexcept {
        std::size_t first = 0;
        int refusal = 0;
        while (first != changeCount && (refusal = refusalOf(changes[first])) == 0) {
            ++first;
        }
        if (first == changeCount) {
            return Base::kevent(queue, changes, changeCount, events, room, limit);
        }
        // One by one. The two lists may be the same: nothing is answered before its change was read.
        std::size_t answered = 0;
        for (std::size_t index = 0; index != changeCount; ++index) {
            Kevent change = changes[index];
            const int error = index == first ? refusal : index < first ? 0 : refusalOf(change);
            const bool receipt = (change.flags & Base::evReceipt) != 0;
            Kevent answer = change;
            int got = 1;
            if (error != 0) {
                answer.flags = Base::evError;
                answer.data = error;
            } else {
                change.flags = static_cast<decltype(change.flags)>(change.flags | Base::evReceipt);
                const ::timespec none{};
                got = Base::kevent(queue, &change, 1, &answer, 1, &none);
                if (got < 0) {
                    return got;
                }
            }
            if (got == 1 && (receipt || answer.data != 0) && answered != room) {
                events[answered++] = answer;
            }
        }
        return static_cast<int>(answered);
    }
};

} // namespace polleros_test
