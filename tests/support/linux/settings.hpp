// SPDX-License-Identifier: MIT
#pragma once

#include "support/faulty_calls.hpp"
#include "support/setting.hpp"
#include "support/swept_calls.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/epoll.hpp>
#include <polleros/backend/poll.hpp>

#include <fstream>
#include <optional>
#include <string>

namespace polleros_test {

// A kernel that can be told to have no epoll_pwait2.
struct AgedCalls : polleros::detail::OsCalls {
    static void forget(bool pwait2) noexcept { old_.store(pwait2, std::memory_order_relaxed); }
    static int epollPwait2(int set, ::epoll_event* events, int room, polleros::Timeout timeout) noexcept {
        if (old_.load(std::memory_order_relaxed)) {
            errno = ENOSYS;
            return -1;
        }
        return OsCalls::epollPwait2(set, events, room, timeout);
    }

private:
    static inline std::atomic<bool> old_{false};
};

// Counts, fails and ages.
using TestCalls = BasicCountingCalls<BasicFaultyCalls<SweptCalls<AgedCalls>>>;

struct Kernel {
    static constexpr Call judge = Call::fstat;     // by what a new handle is judged, unless epoll judges
    static constexpr std::size_t readsToDrain = 1; // a pipe is emptied by one
    // As everybody expects.
    static constexpr int slowness = 1;
    static constexpr bool waitsForPipes = true;
    static constexpr bool hasLocalStreams = true;
    static constexpr bool tellsNobodyListens = true;
    static constexpr bool readTellsReset = true;
    static constexpr bool forgetsTakenError = true;
    static std::optional<std::size_t> registered(int set) {
        std::ifstream info("/proc/self/fdinfo/" + std::to_string(set));
        std::size_t found = 0;
        for (std::string line; std::getline(info, line);) {
            found += line.rfind("tfd:", 0) == 0 ? 1U : 0U;
        }
        return found;
    }
    // Not before 5.11, and not under qemu-user 7.2.
    static bool hasPwait2() {
        ::epoll_event event{};
        return polleros::detail::OsCalls::epollPwait2(-1, &event, 1, polleros::Timeout::immediately()) == -1 &&
               errno != ENOSYS;
    }
    static void become(const Variant& variant) { AgedCalls::forget(variant.oldKernel); }
};

template <Locality locality>
using Epoll = Setting<polleros::backend::BasicEpoll<TestCalls>, locality>;
template <Locality locality>
using Poll = Setting<polleros::backend::BasicPoll<TestCalls>, locality>;

using EpollLocal = Epoll<Locality::local>;
using EpollScanned = Epoll<Locality::scanned>;
using EpollSometimes = Epoll<Locality::sometimes>;
using PollLocal = Poll<Locality::local>;
using PollScanned = Poll<Locality::scanned>;
using PollSometimes = Poll<Locality::sometimes>;
// The native one of those that can be chosen.
using AnyScanned =
    Setting<polleros::backend::AnyOf<EpollLocal::Backend, PollLocal::Backend>, Locality::scanned, EpollLocal::Backend>;

} // namespace polleros_test

// backend::Any forwards to the native one: where all are scanned, it stands for both.
#define POLLEROS_REAL_SETTINGS polleros_test::EpollLocal, polleros_test::AnyScanned, polleros_test::PollSometimes

// Each backend once: for what is the same in every locality.
#define POLLEROS_REAL_BACKENDS polleros_test::EpollLocal, polleros_test::PollLocal

#define POLLEROS_EVERY_REAL_SETTING                                                                                    \
    POLLEROS_REAL_SETTINGS, polleros_test::EpollScanned, polleros_test::EpollSometimes, polleros_test::PollLocal,      \
        polleros_test::PollScanned
