// SPDX-License-Identifier: MIT
// What the sweep has to know of Windows.
#pragma once

#include "faults/run.hpp"
#include "faults/windows/reasons.hpp"
#include "support/ends.hpp"
#include "support/kernel_view.hpp"
#include "support/windows/timeless_calls.hpp"

#include <polleros/backend/poll.hpp>
#include <polleros/backend/wepoll.hpp>

#include <set>

namespace polleros_test {

// Windows waits for nothing but sockets.
inline constexpr Kind readerKind = Kind::tcp;
inline constexpr Kind writerKind = Kind::tcp;

// Must be the same after a run as before it.
[[nodiscard]] inline std::ptrdiff_t openHandles() {
    return Deeds::open;
}

template <class B>
struct KernelOf;

// Of WSAPoll it is what that was given last.
template <class Sys>
struct KernelOf<polleros::backend::BasicPoll<Sys>> {
    static constexpr bool tells = true;
    static constexpr bool registersAtOnce = false;
    static constexpr bool answersOnce = false;
    static constexpr std::size_t callsPerFault = 1;
    template <class Poller>
    [[nodiscard]] static std::set<Registered> holds(const Poller& /*poller*/, const Run& /*run*/) {
        std::set<Registered> all;
        for (std::size_t slot = 1; slot < Stage::listed; ++slot) {
            all.insert({Stage::list[slot].fd, static_cast<std::uint32_t>(Stage::list[slot].events), 0});
        }
        return all;
    }
    [[nodiscard]] static Registered entryOf(NativeHandle handle, polleros::Interest interest, polleros::SeqN /*none*/) {
        using polleros::InterestFlag;
        const int events = (interest.has(InterestFlag::read) ? Sys::pollRead : 0) |
                           (interest.has(InterestFlag::write) ? Sys::pollWrite : 0) |
                           (interest.has(InterestFlag::hangup) ? Sys::pollReadEnd : 0);
        return {handle, static_cast<std::uint32_t>(events), 0};
    }
    template <class Poller>
    static void checkAll(Poller& /*poller*/, bool /*wakes*/) {}
};

// It answers once: an answer may be old, and one to a change may come a wait late.
template <class Sys>
struct KernelOf<polleros::backend::BasicWepoll<Sys>> {
    static constexpr bool tells = true;
    static constexpr bool registersAtOnce = true;
    static constexpr bool answersOnce = true;
    static constexpr std::size_t callsPerFault = 25; // if a wait fails, each channel leaves the set and comes back
    template <class Poller>
    [[nodiscard]] static std::set<Registered> holds(const Poller& poller, const Run& /*run*/) {
        std::set<Registered> all;
        for (const auto& [key, event] : Deeds::registered) {
            if (key.first == poller.nativeHandle() && polleros::SeqN{event.data.u64} > polleros::alarmSeqN) {
                all.insert({key.second, event.events, event.data.u64});
            }
        }
        return all;
    }
    [[nodiscard]] static Registered entryOf(NativeHandle handle, polleros::Interest interest, polleros::SeqN seqN) {
        using polleros::InterestFlag;
        const std::uint32_t events = (interest.has(InterestFlag::read) ? EPOLLIN : 0U) |
                                     (interest.has(InterestFlag::write) ? EPOLLOUT : 0U) |
                                     (interest.has(InterestFlag::hangup) ? EPOLLRDHUP : 0U);
        return {handle, events, static_cast<std::uint64_t>(seqN)};
    }
    template <class Poller>
    static void checkAll(Poller& /*poller*/, bool /*wakes*/) {}
};

} // namespace polleros_test
