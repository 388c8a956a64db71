// SPDX-License-Identifier: MIT
// The settings that contract cases run in: a backend and a locality are a type, wake handle, size of the event buffer
// and age of the kernel are values of that type.
//
//     TEMPLATE_TEST_CASE("R8 an unread byte is reported by every wait", "[contract]", POLLEROS_TEST_SETTINGS) {
//         Bench<TestType> bench;
#pragma once

#include "support/faulty_calls.hpp"
#include "support/harness.hpp"
#include "support/probe.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/backend/scripted.hpp>

#include <string>
#include <vector>

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
using TestCalls = BasicCountingCalls<BasicFaultyCalls<AgedCalls>>;

// How a poller is made in one run of a case.
struct Variant {
    polleros::Options options;
    bool oldKernel = false; // without epoll_pwait2

    [[nodiscard]] std::string describe() const {
        return "maxEvents " + std::to_string(options.maxEvents) + (options.wakeByPipe ? ", wake by pipe" : "") +
               (oldKernel ? ", no pwait2" : "");
    }
};

// `all`: the full product. `few`: the defaults and one odd corner, for cases that sleep or are slow; and for all of them
// under sanitizers.
enum class Variants { all, few, one };

template <class B, Locality l>
struct Setting {
    using Backend = B;
    using Source = Probe<l>;
    static constexpr Locality locality = l;
    static constexpr bool real = !std::is_base_of_v<polleros::backend::ScriptedBackend, B>;
    static constexpr bool isEpoll = B::name() == "epoll";
    // For GATE; a test says which of the two scripted ones it is.
    [[nodiscard]] static std::string name() {
        return std::string(B::name()) +
               (!real && !B::capabilities().has(polleros::Capability::tellsDuplicates) ? " like poll" : "");
    }

    [[nodiscard]] static std::vector<Variant> variants(Variants which) {
        const Variant usual{};
        Variant corner{};
        corner.options.maxEvents = 1;
        corner.options.wakeByPipe = real;
        corner.oldKernel = isEpoll;
        if (which == Variants::one) {
            return {usual};
        }
        if (which == Variants::few || sanitized) {
            return {usual, corner};
        }
        std::vector<Variant> product;
        for (const std::size_t most : {1U, 2U, 64U}) {
            for (const bool pipe : {false, true}) {
                for (const bool old : {false, true}) {
                    if ((!pipe || real) && (!old || isEpoll)) {
                        Variant& variant = product.emplace_back(usual);
                        variant.options.maxEvents = most;
                        variant.options.wakeByPipe = pipe;
                        variant.oldKernel = old;
                    }
                }
            }
        }
        return product;
    }
};

using EpollLocal = Setting<polleros::backend::BasicEpoll<TestCalls>, Locality::local>;
using EpollScanned = Setting<polleros::backend::BasicEpoll<TestCalls>, Locality::scanned>;
using PollSometimes = Setting<polleros::backend::BasicPoll<TestCalls>, Locality::sometimes>;
using ScriptedLocal = Setting<polleros::backend::Scripted, Locality::local>;
using LikePollScanned = Setting<polleros::backend::ScriptedLikePoll, Locality::scanned>;

} // namespace polleros_test

// Every backend, and every locality on a real and on a scripted one between them.
#define POLLEROS_TEST_SETTINGS                                                                                         \
    polleros_test::EpollLocal, polleros_test::EpollScanned, polleros_test::PollSometimes,                              \
        polleros_test::ScriptedLocal, polleros_test::LikePollScanned

// Those with a kernel behind them.
#define POLLEROS_REAL_SETTINGS polleros_test::EpollLocal, polleros_test::EpollScanned, polleros_test::PollSometimes
