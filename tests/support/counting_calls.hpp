// SPDX-License-Identifier: MIT
// System calls that are counted: a policy for the seam in detail/os_calls.hpp, as in `backend::BasicEpoll<CountingCalls>`.
// Every attempt counts, also one that a policy below makes fail. All counts are of the process, from any thread.
#pragma once

#include <polleros/detail/os_calls.hpp>

#include <array>
#include <atomic>
#include <cstddef>

namespace polleros_test {

// The calls of the seam. `anyCall` stands for each of them; the three epollX are the operations of epoll_ctl.
enum class Call : unsigned char {
    now,
    close,
    fstat,
    read,
    write,
    pipe,
    poll,
    epollCreate,
    epollAdd,
    epollModify,
    epollRemove,
    epollWait,
    epollPwait2,
    eventFd,
    anyCall
};
inline constexpr std::size_t callKinds = static_cast<std::size_t>(Call::anyCall);

[[nodiscard]] constexpr Call callOf(int epollOperation) noexcept {
    switch (epollOperation) {
    case EPOLL_CTL_ADD: return Call::epollAdd;
    case EPOLL_CTL_MOD: return Call::epollModify;
    default: return Call::epollRemove;
    }
}

// Snapshots of the counts; what was done between two of them is a difference.
struct CallCounts {
    std::array<std::size_t, callKinds> of{};

    [[nodiscard]] std::size_t operator[](Call call) const { return of[static_cast<std::size_t>(call)]; }
    // Registrations changed.
    [[nodiscard]] std::size_t controls() const {
        return (*this)[Call::epollAdd] + (*this)[Call::epollModify] + (*this)[Call::epollRemove];
    }
    // Waits entered.
    [[nodiscard]] std::size_t waits() const {
        return (*this)[Call::epollWait] + (*this)[Call::epollPwait2] + (*this)[Call::poll];
    }
    // Everything but looks at the clock, which are no system calls where it matters.
    [[nodiscard]] std::size_t total() const {
        std::size_t sum = 0;
        for (const std::size_t count : of) {
            sum += count;
        }
        return sum - (*this)[Call::now];
    }
    friend CallCounts operator-(CallCounts a, const CallCounts& b) {
        for (std::size_t kind = 0; kind < callKinds; ++kind) {
            a.of[kind] -= b.of[kind];
        }
        return a;
    }
};

template <class Base = polleros::detail::OsCalls>
struct BasicCountingCalls : Base {
    [[nodiscard]] static CallCounts counts() noexcept {
        CallCounts result;
        for (std::size_t kind = 0; kind < callKinds; ++kind) {
            result.of[kind] = counters_[kind].load(std::memory_order_relaxed);
        }
        return result;
    }

    static polleros::TimePoint now() noexcept {
        count(Call::now);
        return Base::now();
    }
    static int close(int fd) noexcept {
        count(Call::close);
        return Base::close(fd);
    }
    static int fstat(int fd, struct ::stat* status) noexcept {
        count(Call::fstat);
        return Base::fstat(fd, status);
    }
    static ::ssize_t read(int fd, void* bytes, std::size_t size) noexcept {
        count(Call::read);
        return Base::read(fd, bytes, size);
    }
    static ::ssize_t write(int fd, const void* bytes, std::size_t size) noexcept {
        count(Call::write);
        return Base::write(fd, bytes, size);
    }
    static int pipe(int (&ends)[2]) noexcept {
        count(Call::pipe);
        return Base::pipe(ends);
    }
    static int poll(::pollfd* entries, std::size_t size, polleros::Timeout timeout) noexcept {
        count(Call::poll);
        return Base::poll(entries, size, timeout);
    }
    static int epollCreate() noexcept {
        count(Call::epollCreate);
        return Base::epollCreate();
    }
    static int epollControl(int set, int operation, int fd, ::epoll_event* event) noexcept {
        count(callOf(operation));
        return Base::epollControl(set, operation, fd, event);
    }
    static int epollWait(int set, ::epoll_event* events, int room, int milliseconds) noexcept {
        count(Call::epollWait);
        return Base::epollWait(set, events, room, milliseconds);
    }
    static int epollPwait2(int set, ::epoll_event* events, int room, polleros::Timeout timeout) noexcept {
        count(Call::epollPwait2);
        return Base::epollPwait2(set, events, room, timeout);
    }
    static int eventFd() noexcept {
        count(Call::eventFd);
        return Base::eventFd();
    }

private:
    static void count(Call call) noexcept {
        counters_[static_cast<std::size_t>(call)].fetch_add(1, std::memory_order_relaxed);
    }

    static inline std::array<std::atomic<std::size_t>, callKinds> counters_{};
};

using CountingCalls = BasicCountingCalls<>;

} // namespace polleros_test
