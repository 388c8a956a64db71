// SPDX-License-Identifier: MIT
// System calls that fail on demand: a policy for the seam, as in `backend::BasicEpoll<FaultyCalls>`, and a script of
// Faults. Calls that no fault matches go to the kernel. FaultyCalls counts as well: see counting_calls.hpp.
//
//     Faults<> faults({{.call = Call::epollAdd, .nth = 2, .error = ENOSPC}});
#pragma once

#include "support/counting_calls.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <vector>

namespace polleros_test {

struct Fault {
    static constexpr std::size_t forEver = static_cast<std::size_t>(-1);

    Call call = Call::anyCall; // which calls it is about; the clock cannot fail
    int fd = -1;               // only those about this descriptor; -1: about any
    std::size_t nth = 1;       // the first of the matching calls that is hit, counted from 1
    std::size_t times = 1;     // how many in a row are hit
    int error = 0;             // errno, and -1 for a result; or else
    int value = 0;             // the result, without a call: 0 from a wait is "early"
    bool afterwards = false;   // makes the call first, and lies about its result
    // For waits: fills the buffer with what it likes and says how many it has filled.
    std::function<int(::epoll_event*, int room)> events = {};

    std::size_t seen = 0; // matching calls so far
    std::size_t hits = 0; // how many of them were hit
};

template <class Base = polleros::detail::OsCalls>
struct BasicFaultyCalls : Base {
    static void script(std::vector<Fault> faults) {
        const std::lock_guard lock(mutex_);
        faults_ = std::move(faults);
        armed_.store(!faults_.empty(), std::memory_order_release);
    }
    // The script with what has become of it.
    [[nodiscard]] static std::vector<Fault> progress() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

    static int close(int fd) noexcept {
        return run<int>(Call::close, fd, [&] { return Base::close(fd); });
    }
    static int fstat(int fd, struct ::stat* status) noexcept {
        return run<int>(Call::fstat, fd, [&] { return Base::fstat(fd, status); });
    }
    static ::ssize_t read(int fd, void* bytes, std::size_t size) noexcept {
        return run<::ssize_t>(Call::read, fd, [&] { return Base::read(fd, bytes, size); });
    }
    static ::ssize_t write(int fd, const void* bytes, std::size_t size) noexcept {
        return run<::ssize_t>(Call::write, fd, [&] { return Base::write(fd, bytes, size); });
    }
    static int pipe(int (&ends)[2]) noexcept {
        return run<int>(Call::pipe, -1, [&] { return Base::pipe(ends); });
    }
    static int poll(::pollfd* entries, std::size_t size, polleros::Timeout timeout) noexcept {
        return run<int>(Call::poll, -1, [&] { return Base::poll(entries, size, timeout); });
    }
    static int epollCreate() noexcept {
        return run<int>(Call::epollCreate, -1, [] { return Base::epollCreate(); });
    }
    static int epollControl(int set, int operation, int fd, ::epoll_event* event) noexcept {
        return run<int>(callOf(operation), fd, [&] { return Base::epollControl(set, operation, fd, event); });
    }
    static int epollWait(int set, ::epoll_event* events, int room, int milliseconds) noexcept {
        const auto call = [&] { return Base::epollWait(set, events, room, milliseconds); };
        return run<int>(Call::epollWait, -1, call, events, room);
    }
    static int epollPwait2(int set, ::epoll_event* events, int room, polleros::Timeout timeout) noexcept {
        const auto call = [&] { return Base::epollPwait2(set, events, room, timeout); };
        return run<int>(Call::epollPwait2, -1, call, events, room);
    }
    static int eventFd() noexcept {
        return run<int>(Call::eventFd, -1, [] { return Base::eventFd(); });
    }

private:
    template <class Result, class Real>
    static Result run(Call call, int fd, Real real, ::epoll_event* events = nullptr, int room = 0) noexcept {
        // Without a script not even the lock is taken: a wake may come from a signal handler.
        if (!armed_.load(std::memory_order_acquire)) {
            return real();
        }
        const std::lock_guard lock(mutex_);
        for (Fault& fault : faults_) {
            if ((fault.call != call && fault.call != Call::anyCall) || (fault.fd != -1 && fault.fd != fd)) {
                continue;
            }
            ++fault.seen;
            if (fault.seen < fault.nth || fault.hits >= fault.times) {
                continue;
            }
            ++fault.hits;
            if (fault.afterwards) {
                static_cast<void>(real());
            }
            if (fault.events && events != nullptr) {
                return fault.events(events, room);
            }
            errno = fault.error;
            return fault.error != 0 ? -1 : fault.value;
        }
        return realUnlocked(real);
    }

    // A wait must not keep the waker of another thread out.
    template <class Real>
    static auto realUnlocked(Real real) noexcept {
        mutex_.unlock();
        const auto result = real();
        const int reason = errno;
        mutex_.lock();
        errno = reason;
        return result;
    }

    static inline std::mutex mutex_;
    static inline std::vector<Fault> faults_;
    static inline std::atomic<bool> armed_{false};
};

// Counts everything, and makes fail what it is told to.
using FaultyCalls = BasicCountingCalls<BasicFaultyCalls<>>;

// A script in force for as long as this lives.
template <class Calls = FaultyCalls>
class Faults {
public:
    Faults(std::initializer_list<Fault> faults) { Calls::script(faults); }
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;
    ~Faults() { Calls::script({}); }

    // How often the fault at `index` has hit.
    [[nodiscard]] std::size_t hits(std::size_t index = 0) const { return Calls::progress().at(index).hits; }
    // How many calls it would have applied to.
    [[nodiscard]] std::size_t seen(std::size_t index = 0) const { return Calls::progress().at(index).seen; }
};

} // namespace polleros_test
