// SPDX-License-Identifier: MIT
// A setting: a backend and a locality, as a type; and how a poller is made in one run of a case, as a value.
#pragma once

#include "support/calls.hpp"
#include "support/codes.hpp"
#include "support/harness.hpp"
#include "support/probe.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/options.hpp>

#include <string>
#include <type_traits>
#include <vector>

namespace polleros_test {

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
    static constexpr bool isWepoll = B::name() == "wepoll";
    static constexpr bool isPoll = real && B::name() == "poll"; // also WSAPoll
    static constexpr bool nests = B::capabilities().has(polleros::Capability::nests);
    // The end of the stream is told while something before it is unread; if not, when that was read.
    static constexpr bool tellsEndBehindData = B::capabilities().has(polleros::Capability::hangupOnly);
    // Every change of what is registered is a call of its own, and counted. (poll(2) is handed its list by each wait.)
    static constexpr bool callsToChange = !real || isEpoll || isWepoll;
    // For GATE; a test says which of the two scripted ones it is.
    [[nodiscard]] static std::string name() {
        return std::string(B::name()) +
               (!real && !B::capabilities().has(polleros::Capability::tellsDuplicates) ? " like poll" : "");
    }

    // What the backend says where POSIX says this: a scripted one speaks as errno does on every system.
    [[nodiscard]] static int code(int posix) { return real ? nativeCode(posix) : posix; }

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

} // namespace polleros_test
