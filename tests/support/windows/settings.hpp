// SPDX-License-Identifier: MIT
#pragma once

#include "support/faulty_calls.hpp"
#include "support/setting.hpp"
#include "support/swept_calls.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/backend/wepoll.hpp>

#include <optional>

namespace polleros_test {

// Counts and fails.
using TestCalls = BasicCountingCalls<BasicFaultyCalls<SweptCalls<SystemCalls>>>;

struct Kernel {
    static constexpr Call judge = Call::socketType; // by what a new handle is judged, unless epoll judges
    static constexpr std::size_t readsToDrain = 2;  // the second finds no more datagrams
    // What a user of Windows, or of Wine, has to live with. (No wait ends early.)
    static constexpr int slowness = 5; // on a busy machine: every call of Wine's asks its one server
    static constexpr bool waitsForPipes = false;
    static constexpr bool hasLocalStreams = false; // TCP instead, whose close is the end of what is sent, and no more
    static constexpr bool tellsNobodyListens = false; // by UDP: Windows by recv alone, Wine not at all
    static constexpr bool readTellsReset = false;    // Wine 8 reads the end of the stream; and a reset is told for ever
    static constexpr bool forgetsTakenError = false; // nor does it clear SO_ERROR
    static std::optional<std::size_t> registered(const auto& /*set*/) { return std::nullopt; }
    static bool hasPwait2() { return false; }
    static void become(const Variant& /*variant*/) {}
};

template <Locality locality>
using Wepoll = Setting<polleros::backend::BasicWepoll<TestCalls>, locality>;
// WSAPoll.
template <Locality locality>
using Poll = Setting<polleros::backend::BasicPoll<TestCalls>, locality>;

using WepollLocal = Wepoll<Locality::local>;
using WepollScanned = Wepoll<Locality::scanned>;
using WepollSometimes = Wepoll<Locality::sometimes>;
using PollLocal = Poll<Locality::local>;
using PollScanned = Poll<Locality::scanned>;
using PollSometimes = Poll<Locality::sometimes>;
// The native one of those that can be chosen.
using AnyScanned = Setting<polleros::backend::AnyOf<WepollLocal::Backend, PollLocal::Backend>, Locality::scanned,
                           WepollLocal::Backend>;

} // namespace polleros_test

// backend::Any forwards to the native one: where all are scanned, it stands for both.
#define POLLEROS_REAL_SETTINGS polleros_test::WepollLocal, polleros_test::AnyScanned, polleros_test::PollSometimes

// Each backend once: for what is the same in every locality.
#define POLLEROS_REAL_BACKENDS polleros_test::WepollLocal, polleros_test::PollLocal

#define POLLEROS_EVERY_REAL_SETTING                                                                                    \
    POLLEROS_REAL_SETTINGS, polleros_test::WepollScanned, polleros_test::WepollSometimes, polleros_test::PollLocal,    \
        polleros_test::PollScanned
