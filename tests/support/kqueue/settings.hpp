// SPDX-License-Identifier: MIT
// The settings of a build with POLLEROS_TEST_KQUEUE: backend::BasicKqueue on Linux, over the suite's own kqueue. The three
// localities have the structs of three systems; whose kernel answers is a variant of each.
#pragma once

#include "support/faulty_calls.hpp"
#include "support/kqueue/modelled_calls.hpp"
#include "support/setting.hpp"
#include "support/swept_calls.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/kqueue.hpp>

#include <optional>

namespace polleros_test {

// Counts and fails, the same counts and the same script for all layouts.
template <class Layout>
using KqueueCalls = BasicCountingCalls<BasicFaultyCalls<SweptCalls<ModelledCalls<Layout>>, KqueueModel>, KqueueModel>;
using TestCalls = KqueueCalls<BsdLayout>;

struct Kernel {
    static constexpr Call judge = Call::fstat;     // by what a new handle is judged
    static constexpr std::size_t readsToDrain = 1; // a pipe is emptied by one
    // As everybody expects.
    static constexpr int slowness = 1;
    static constexpr bool waitsForPipes = true;
    static constexpr bool hasLocalStreams = true;
    static constexpr bool tellsNobodyListens = true;
    static constexpr bool readTellsReset = true;
    static constexpr bool forgetsTakenError = true;
    static std::optional<std::size_t> registered(polleros::NativeHandle queue) { // filters
        return KqueueModel::registered(queue);
    }
    static bool hasPwait2() { return false; }
    static void become(const Variant& variant) { KqueueModel::behave(static_cast<System>(variant.kernel)); }
};
// A wake's signal that nobody has asked for; nothing if this is no queue with a user event.
inline void ringUserEvent(int queue) {
    if (WakeQueues::has(queue)) {
        TestCalls::Kevent trigger{};
        trigger.filter = TestCalls::userFilter;
        trigger.fflags = TestCalls::noteTrigger;
        TestCalls::kevent(queue, &trigger, 1, nullptr, 0, nullptr);
    }
}
static_assert(static_cast<std::size_t>(System::macos) == kernelNames.size() - 1);

template <Locality locality, class Layout>
using Kqueue = Setting<polleros::backend::BasicKqueue<KqueueCalls<Layout>>, locality>;

using KqueueLocal = Kqueue<Locality::local, BsdLayout>;
using KqueueScanned = Kqueue<Locality::scanned, MacLayout>;
using KqueueSometimes = Kqueue<Locality::sometimes, NetBsdLayout>;
// The native one of those that can be chosen.
using AnyScanned =
    Setting<polleros::backend::AnyOf<KqueueScanned::Backend, polleros::backend::BasicPoll<KqueueCalls<MacLayout>>>,
            Locality::scanned, KqueueScanned::Backend>;

} // namespace polleros_test

// backend::Any forwards to the native one: where all are scanned, it stands for both.
#define POLLEROS_REAL_SETTINGS polleros_test::KqueueLocal, polleros_test::AnyScanned, polleros_test::KqueueSometimes

// For what is the same in every locality: one layout is enough.
#define POLLEROS_REAL_BACKENDS polleros_test::KqueueLocal

#define POLLEROS_EVERY_REAL_SETTING POLLEROS_REAL_SETTINGS, polleros_test::KqueueScanned
