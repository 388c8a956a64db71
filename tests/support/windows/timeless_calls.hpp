// SPDX-License-Identifier: MIT
// The seam of Windows without time. Under the faults, it sees what is really done: it counts the handles that are opened
// and closed, and keeps a list of what wepoll, which tells nobody, has registered.
#pragma once

#include "support/hooked_calls.hpp"
#include "support/kqueue/memory.hpp"
#include "support/stage.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>

namespace polleros_test {

// What was really done.
struct Deeds {
    using Key = std::pair<HANDLE, NativeHandle>;
    using Memory = kq::KernelMemory<std::pair<const Key, ::epoll_event>>; // tests count what operator new is asked for

    static inline std::ptrdiff_t open = 0; // handles opened, less those closed, whoever's they were
    static inline std::map<Key, ::epoll_event, std::less<>, Memory> registered{};
};

template <class Base>
struct TimelessCalls : Base {
    static polleros::TimePoint now() noexcept { return Stage::clock; }
    static void sleepMillisecond() noexcept { Stage::clock += std::chrono::milliseconds(1); }
    static void sleep(int milliseconds) noexcept {
        if (milliseconds < 0) {
            Stage::giveUp();
        } else {
            Stage::clock += std::chrono::milliseconds(milliseconds);
        }
    }
    static bool pollForgetsConnects() noexcept { return Stage::oldKernel; }

    static NativeHandle openDatagram(int family) noexcept {
        const NativeHandle handle = Base::openDatagram(family);
        Deeds::open += polleros::isSet(handle) ? 1 : 0;
        return handle;
    }
    static int close(NativeHandle handle) noexcept {
        --Deeds::open;
        return Base::close(handle);
    }

    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        return Stage::wait<Base>(limitOf(milliseconds), [&] {
            return Stage::tellSome(entries, count, Base::systemPoll(entries, count, 0), POLLNVAL);
        });
    }

    static HANDLE wepollCreate() noexcept {
        const HANDLE set = Base::wepollCreate();
        Deeds::open += set != nullptr ? 1 : 0;
        return set;
    }
    static int wepollClose(HANDLE set) noexcept {
        --Deeds::open;
        std::erase_if(Deeds::registered, [&](const auto& each) { return each.first.first == set; });
        return Base::wepollClose(set);
    }
    static int wepollControl(HANDLE set, int operation, NativeHandle handle, ::epoll_event* event) noexcept {
        const int result = Base::wepollControl(set, operation, handle, event);
        if (result == 0 && operation == EPOLL_CTL_DEL) {
            Deeds::registered.erase(Deeds::Key{set, handle});
        } else if (result == 0) {
            Deeds::registered[Deeds::Key{set, handle}] = *event;
        }
        return result;
    }
    static int wepollWait(HANDLE set, ::epoll_event* events, int room, int milliseconds) noexcept {
        return Stage::wait<Base>(limitOf(milliseconds),
                                 [&] { return Base::wepollWait(set, events, std::min(room, Stage::room), 0); });
    }

private:
    static polleros::Timeout limitOf(int milliseconds) noexcept {
        return milliseconds < 0 ? polleros::Timeout::never()
                                : polleros::Timeout(std::chrono::milliseconds(milliseconds));
    }
};

// Polls by these calls themselves, so that each part of it can fail.
template <class Base>
struct PollingCalls : Base {
    static int poll(::WSAPOLLFD* entries, std::size_t count, polleros::Timeout timeout) noexcept {
        Stage::note(entries, count);
        return polleros::detail::WsaPoll<PollingCalls>(entries, count).wait(timeout);
    }
    // One that fails, or ends early, has told nothing.
    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        std::for_each(entries, entries + count, [](::WSAPOLLFD& entry) { entry.revents = 0; });
        return Base::systemPoll(entries, count, milliseconds);
    }
};

// What these calls are without time.
template <class Base>
struct WithoutTime {
    using Calls = TimelessCalls<Base>;
};

} // namespace polleros_test
