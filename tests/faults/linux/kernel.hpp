// SPDX-License-Identifier: MIT
// What the sweep has to know of Linux, and of the suite's kqueue.
#pragma once

#include "faults/linux/reasons.hpp"
#include "faults/run.hpp"
#include "support/ends.hpp"
#include "support/kernel_view.hpp"
#include "support/kqueue/model.hpp"
#include "support/linux/timeless_calls.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/kqueue.hpp>
#include <polleros/backend/poll.hpp>

#include <filesystem>
#include <iterator>
#include <set>

namespace polleros_test {

inline constexpr Kind readerKind = Kind::pipeReader;
inline constexpr Kind writerKind = Kind::pipeWriter;

// Must be the same after a run as before it.
[[nodiscard]] inline std::ptrdiff_t openHandles() {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return std::distance(begin(open), end(open));
}

template <class B>
struct KernelOf;

// What is registered it tells us, without what is the poller's own.
struct TellingKernel {
    static constexpr bool tells = true;
    static constexpr bool answersOnce = false;
    static constexpr std::size_t callsPerFault = 1;
    template <class Poller>
    static void checkAll(Poller& /*poller*/, bool /*wakes*/) {}
};

template <class Sys>
struct KernelOf<polleros::backend::BasicEpoll<Sys>> : TellingKernel {
    static constexpr bool registersAtOnce = true;
    template <class Poller>
    [[nodiscard]] static std::set<Registered> holds(const Poller& poller, const Run& run) {
        auto all = kernelView(poller.nativeHandle());
        // A question whose DEL failed asks for nothing, and says so when it hears of a hang-up.
        const bool lingers = run.what == Run::What::call && run.reason.call == Call::epollRemove;
        const auto unasked = asRegistered(0, {}, {}).events;
        std::erase_if(all, [&](const Registered& each) {
            return polleros::SeqN{each.seqN} <= polleros::alarmSeqN || (lingers && each.events == unasked);
        });
        return all;
    }
    [[nodiscard]] static Registered entryOf(NativeHandle handle, polleros::Interest interest, polleros::SeqN seqN) {
        return asRegistered(handle, interest, seqN);
    }
};

// Of poll(2) it is what that was given last.
template <class Sys>
struct KernelOf<polleros::backend::BasicPoll<Sys>> : TellingKernel {
    static constexpr bool registersAtOnce = false;
    template <class Poller>
    [[nodiscard]] static std::set<Registered> holds(const Poller& /*poller*/, const Run& /*run*/) {
        std::set<Registered> all;
        for (std::size_t slot = 1; slot < Stage::listed; ++slot) {
            const auto events = static_cast<std::uint32_t>(Stage::list[slot].events);
            all.insert({Stage::list[slot].fd, events | asRegistered(0, {}, {}).events, 0});
        }
        return all;
    }
    [[nodiscard]] static Registered entryOf(NativeHandle handle, polleros::Interest interest, polleros::SeqN /*none*/) {
        return asRegistered(handle, interest, {});
    }
};

// It tells how much it holds, which is right when all is over.
template <class Sys>
struct KernelOf<polleros::backend::BasicKqueue<Sys>> {
    static constexpr bool tells = false;
    static constexpr bool registersAtOnce = false;
    static constexpr bool answersOnce = false;
    static constexpr std::size_t callsPerFault = 1;
    template <class Poller>
    static void checkAll(Poller& poller, bool wakes) {
        std::size_t filters = wakes ? 1 : 0; // that of its wake handle
        for (const auto& channel : poller.channels()) {
            filters += channel.exp().has(polleros::InterestFlag::read | polleros::InterestFlag::hangup) ? 1U : 0U;
            filters += channel.exp().has(polleros::InterestFlag::write) ? 1U : 0U;
        }
        expect(KqueueModel::registered(poller.nativeHandle()) == filters, "the queue has what is registered");
    }
};

} // namespace polleros_test
