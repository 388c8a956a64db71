// SPDX-License-Identifier: MIT
// The seam with a hook in every call: `Hook::run<Result>(call, handle, real)` makes the real call, or does not. A call
// that reports events hands over their buffer, too. What a system has of each kind is a layer of its own.
#pragma once

#include "support/calls.hpp"
#include "support/hooked_kqueue.hpp"

#include <polleros/detail/os_calls.hpp>
#include <polleros/handle.hpp>

#if defined(_WIN32)
#include "support/windows/hooked_windows.hpp"
#endif

namespace polleros_test {

// All that the backends of this system ask of it.
#if defined(_WIN32)
using SystemCalls = polleros::detail::WepollCalls;
#else
using SystemCalls = polleros::detail::OsCalls;
#endif

template <class Hook, class Base>
struct HookedCommon : Base {
    static polleros::TimePoint now() noexcept {
        return run<polleros::TimePoint>(Call::now, polleros::invalidHandle, [] { return Base::now(); });
    }
    static int close(polleros::NativeHandle handle) noexcept {
        return run<int>(Call::close, handle, [&] { return Base::close(handle); });
    }
    template <class Entry>
    static int poll(Entry* entries, std::size_t size, polleros::Timeout timeout) noexcept {
        return run<int>(Call::poll, polleros::invalidHandle, [&] { return Base::poll(entries, size, timeout); });
    }

protected:
    template <class Result, class Real>
    static Result run(Call call, polleros::NativeHandle handle, Real real, EventBuffer buffer = {}) noexcept {
        return Hook::template run<Result>(call, handle, real, buffer);
    }
};

#if !defined(_WIN32)
template <class Base>
struct HookedPosix : Base {
    static int fstat(int fd, struct ::stat* status) noexcept {
        return Base::template run<int>(Call::fstat, fd, [&] { return Base::fstat(fd, status); });
    }
    static ::ssize_t read(int fd, void* bytes, std::size_t size) noexcept {
        return Base::template run<::ssize_t>(Call::read, fd, [&] { return Base::read(fd, bytes, size); });
    }
    static ::ssize_t write(int fd, const void* bytes, std::size_t size) noexcept {
        return Base::template run<::ssize_t>(Call::write, fd, [&] { return Base::write(fd, bytes, size); });
    }
    static int pipe(int (&ends)[2]) noexcept {
        return Base::template run<int>(Call::pipe, polleros::invalidHandle, [&] { return Base::pipe(ends); });
    }
};
#endif

#if POLLEROS_HAS_EPOLL
template <class Base>
struct HookedEpoll : Base {
    static int epollCreate() noexcept {
        return Base::template run<int>(Call::epollCreate, polleros::invalidHandle, [] { return Base::epollCreate(); });
    }
    static int epollControl(int set, int operation, int fd, ::epoll_event* event) noexcept {
        const Call call = operation == EPOLL_CTL_ADD   ? Call::epollAdd
                          : operation == EPOLL_CTL_MOD ? Call::epollModify
                                                       : Call::epollRemove;
        return Base::template run<int>(call, fd, [&] { return Base::epollControl(set, operation, fd, event); });
    }
    static int epollWait(int set, ::epoll_event* events, int room, int milliseconds) noexcept {
        const auto call = [&] { return Base::epollWait(set, events, room, milliseconds); };
        return Base::template run<int>(Call::epollWait, polleros::invalidHandle, call, EventBuffer{events, room});
    }
    static int epollPwait2(int set, ::epoll_event* events, int room, polleros::Timeout timeout) noexcept {
        const auto call = [&] { return Base::epollPwait2(set, events, room, timeout); };
        return Base::template run<int>(Call::epollPwait2, polleros::invalidHandle, call, EventBuffer{events, room});
    }
    static int eventFd() noexcept {
        return Base::template run<int>(Call::eventFd, polleros::invalidHandle, [] { return Base::eventFd(); });
    }
    static int timerCreate() noexcept {
        return Base::template run<int>(Call::timerCreate, polleros::invalidHandle, [] { return Base::timerCreate(); });
    }
    static int timerSet(int timer, polleros::TimePoint when) noexcept {
        const auto call = [&] { return Base::timerSet(timer, when); };
        return Base::template run<int>(Call::timerSet, timer, call);
    }
};

template <class Base>
using HookedSystem = HookedEpoll<HookedPosix<Base>>;
#elif !defined(_WIN32)
template <class Base>
using HookedSystem = HookedPosix<Base>;
#else
template <class Base>
using HookedSystem = HookedWepoll<HookedWinsock<Base>>;
#endif

template <class Base>
struct HookedOnce {
    using Type = Base;
};
template <class Base>
    requires requires { typename Base::Kevent; }
struct HookedOnce<Base> {
    using Type = HookedKqueue<Base>;
};

template <class Hook, class Base>
using HookedCalls = typename HookedOnce<HookedSystem<HookedCommon<Hook, Base>>>::Type;

} // namespace polleros_test
