// SPDX-License-Identifier: MIT
// The calls of the seam on Windows, with a hook in each; see hooked_calls.hpp.
#pragma once

#include "support/calls.hpp"
#include "support/kqueue/memory.hpp"

#include <polleros/detail/os_wepoll.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace polleros_test {

template <class Base>
struct HookedWinsock : Base {
    static int socketType(polleros::NativeHandle handle, int& type) noexcept {
        return Base::template run<int>(Call::socketType, handle, [&] { return Base::socketType(handle, type); });
    }
    static polleros::NativeHandle openDatagram(int family) noexcept {
        return Base::template run<polleros::NativeHandle>(Call::openDatagram, polleros::invalidHandle,
                                                          [&] { return Base::openDatagram(family); });
    }
    static int send(polleros::NativeHandle handle, const char* bytes, int size) noexcept {
        return Base::template run<int>(Call::write, handle, [&] { return Base::send(handle, bytes, size); });
    }
    static int recv(polleros::NativeHandle handle, char* bytes, int size) noexcept {
        return Base::template run<int>(Call::read, handle, [&] { return Base::recv(handle, bytes, size); });
    }
    static int bind(polleros::NativeHandle handle, const ::sockaddr* address, int length) noexcept {
        return Base::template run<int>(Call::bind, handle, [&] { return Base::bind(handle, address, length); });
    }
    static int connect(polleros::NativeHandle handle, const ::sockaddr* address, int length) noexcept {
        return Base::template run<int>(Call::connect, handle, [&] { return Base::connect(handle, address, length); });
    }
    static int localAddress(polleros::NativeHandle handle, ::sockaddr* address, int* length) noexcept {
        const auto call = [&] { return Base::localAddress(handle, address, length); };
        return Base::template run<int>(Call::localAddress, handle, call);
    }
    static int remoteAddress(polleros::NativeHandle handle, ::sockaddr* address, int* length) noexcept {
        const auto call = [&] { return Base::remoteAddress(handle, address, length); };
        return Base::template run<int>(Call::remoteAddress, handle, call);
    }

    // Only for a poll that is made of these calls.
    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        const auto call = [&] { return Base::systemPoll(entries, count, milliseconds); };
        return Base::template run<int>(Call::poll, polleros::invalidHandle, call);
    }
};

// What each registration is, so that a change can be told from saying the same again, which wepoll answers by itself. In
// malloc's memory, as wepoll's own.
class WepollMemory {
public:
    static bool changes(HANDLE set, polleros::NativeHandle handle, const ::epoll_event& event) {
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(Key{set, handle});
        return found == known_.end() || found->second != Registration{event.events, event.data.u64};
    }
    static void remember(HANDLE set, polleros::NativeHandle handle, const ::epoll_event& event) {
        const std::lock_guard lock(mutex_);
        known_[Key{set, handle}] = {event.events, event.data.u64};
    }

private:
    using Key = std::pair<HANDLE, polleros::NativeHandle>;
    using Registration = std::pair<std::uint32_t, std::uint64_t>;

    static inline std::mutex mutex_;
    static inline std::map<Key, Registration, std::less<>, kq::KernelMemory<std::pair<const Key, Registration>>> known_;
};

template <class Base>
struct HookedWepoll : Base {
    static HANDLE wepollCreate() noexcept {
        const auto call = [] { return Base::wepollCreate(); };
        return Base::template run<HANDLE>(Call::epollCreate, polleros::invalidHandle, call);
    }
    static int wepollControl(HANDLE set, int operation, polleros::NativeHandle handle, ::epoll_event* event) noexcept {
        const bool repeats = operation == EPOLL_CTL_MOD && !WepollMemory::changes(set, handle, *event);
        const Call call = operation == EPOLL_CTL_ADD   ? Call::epollAdd
                          : operation == EPOLL_CTL_DEL ? Call::epollRemove
                          : repeats                    ? Call::epollRepeat
                                                       : Call::epollModify;
        const auto real = [&] { return Base::wepollControl(set, operation, handle, event); };
        const int result = Base::template run<int>(call, handle, real);
        if (result == 0 && operation != EPOLL_CTL_DEL && !repeats) {
            WepollMemory::remember(set, handle, *event);
        }
        return result;
    }
    static int wepollWait(HANDLE set, ::epoll_event* events, int room, int milliseconds) noexcept {
        const auto call = [&] { return Base::wepollWait(set, events, room, milliseconds); };
        return Base::template run<int>(Call::epollWait, polleros::invalidHandle, call, EventBuffer{events, room});
    }
};

} // namespace polleros_test
