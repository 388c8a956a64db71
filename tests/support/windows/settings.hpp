// SPDX-License-Identifier: MIT
#pragma once

#include "support/faulty_calls.hpp"
#include "support/setting.hpp"

#include <polleros/backend/poll.hpp>

namespace polleros_test {

// Counts and fails.
using TestCalls = BasicCountingCalls<BasicFaultyCalls<>>;

struct Kernel {
    static constexpr std::size_t readsToDrain = 2; // the second finds no more datagrams
    static void become(const Variant& /*variant*/) {}
};

// WSAPoll.
template <Locality locality>
using Poll = Setting<polleros::backend::BasicPoll<TestCalls>, locality>;

using PollLocal = Poll<Locality::local>;
using PollScanned = Poll<Locality::scanned>;
using PollSometimes = Poll<Locality::sometimes>;

} // namespace polleros_test

#define POLLEROS_REAL_SETTINGS polleros_test::PollSometimes

#define POLLEROS_EVERY_REAL_SETTING POLLEROS_REAL_SETTINGS, polleros_test::PollLocal, polleros_test::PollScanned
