// SPDX-License-Identifier: MIT
#pragma once

#include "support/faulty_calls.hpp"
#include "support/setting.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/kqueue.hpp>
#include <polleros/backend/poll.hpp>

#include <optional>

namespace polleros_test {

// Counts and fails.
using TestCalls = BasicCountingCalls<BasicFaultyCalls<>>;

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
    static std::optional<std::size_t> registered(int /*queue*/) { return std::nullopt; }
    static bool hasPwait2() { return false; }
    static void become(const Variant& /*variant*/) {}
};

template <Locality locality>
using Kqueue = Setting<polleros::backend::BasicKqueue<TestCalls>, locality>;
template <Locality locality>
using Poll = Setting<polleros::backend::BasicPoll<TestCalls>, locality>;

using KqueueLocal = Kqueue<Locality::local>;
using KqueueScanned = Kqueue<Locality::scanned>;
using KqueueSometimes = Kqueue<Locality::sometimes>;
using PollLocal = Poll<Locality::local>;
using PollScanned = Poll<Locality::scanned>;
using PollSometimes = Poll<Locality::sometimes>;
// The native one of those that can be chosen.
using AnyScanned = Setting<polleros::backend::AnyOf<KqueueLocal::Backend, PollLocal::Backend>, Locality::scanned,
                           KqueueLocal::Backend>;

} // namespace polleros_test

// backend::Any forwards to the native one: where all are scanned, it stands for both.
#define POLLEROS_REAL_SETTINGS polleros_test::KqueueLocal, polleros_test::AnyScanned, polleros_test::PollSometimes

// Each backend once: for what is the same in every locality.
#define POLLEROS_REAL_BACKENDS polleros_test::KqueueLocal, polleros_test::PollLocal

#define POLLEROS_EVERY_REAL_SETTING                                                                                    \
    POLLEROS_REAL_SETTINGS, polleros_test::KqueueScanned, polleros_test::KqueueSometimes, polleros_test::PollLocal,    \
        polleros_test::PollScanned
