// SPDX-License-Identifier: MIT
// A setting: a backend and a locality, as a type; and how a poller is made in one run of a case, as a value.
#pragma once

#include "support/calls.hpp"
#include "support/codes.hpp"
#include "support/harness.hpp"
#include "support/probe.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/options.hpp>

#include <array>
#include <string>
#include <type_traits>
#include <vector>

namespace polleros_test {

// The kernels whose kqueue the suite's own can be; elsewhere there is the one that runs.
#if POLLEROS_TEST_KQUEUE
inline constexpr std::array kernelNames{"FreeBSD", "NetBSD", "OpenBSD", "macOS"};
#else
inline constexpr std::array kernelNames{""};
#endif

// How a poller is made in one run of a case.
struct Variant {
    polleros::Options options;
    bool oldKernel = false; // without epoll_pwait2
    std::size_t kernel = 0; // which of those that have names

    [[nodiscard]] std::string describe() const {
        return std::string(kernelNames[kernel]) + " maxEvents " + std::to_string(options.maxEvents) +
               (options.wakeByPipe ? ", wake by pipe" : "") + (oldKernel ? ", no pwait2" : "");
    }
};

// `all`: the full product. `few`: the defaults and one odd corner, for cases that sleep or are slow; and for all of them
// under sanitizers.
enum class Variants { all, few, one };

// `M` is what waits: the backend itself, or the one to be chosen.
template <class B, Locality l, class M = B>
struct Setting {
    using Backend = B;
    using Mechanism = M;
    using Source = Probe<l>;
    static constexpr Locality locality = l;
    static constexpr bool real = !std::is_base_of_v<polleros::backend::ScriptedBackend, B>;
    static constexpr bool isChosen = !std::is_same_v<B, M>;
    static constexpr bool isEpoll = M::name() == "epoll";
    static constexpr bool isWepoll = M::name() == "wepoll";
    static constexpr bool isPoll = real && M::name() == "poll"; // also WSAPoll
    static constexpr bool isKqueue = M::name() == "kqueue";
    static constexpr bool nests = M::capabilities().has(polleros::Capability::nests);
    // The end of the stream is told while something before it is unread; if not, when that was read.
    static constexpr bool tellsEndBehindData = M::capabilities().has(polleros::Capability::hangupOnly);
    // Every change of what is registered is a call of its own, and counted. (poll(2) is handed its list by each wait.)
    static constexpr bool callsToChange = !real || isEpoll || isWepoll;
    // What is added and removed is counted. (Of a kqueue these are filters.)
    static constexpr bool countsChanges = callsToChange || isKqueue;
    // For GATE; a test says which of the two scripted ones it is.
    [[nodiscard]] static std::string name() {
        std::string name(isChosen ? "any: " : ""); // not one expression: gcc 12 sees an overrun in it (PR 105329)
        name += M::name();
        if (!real && !M::capabilities().has(polleros::Capability::tellsDuplicates)) {
            name += " like poll";
        }
        return name;
    }

    // What the backend says where POSIX says this: a scripted one speaks as errno does on every system.
    [[nodiscard]] static int code(int posix) { return real ? nativeCode(posix) : posix; }

    // Only on a kqueue is more than one entry needed for a handle.
    [[nodiscard]] static std::vector<Variant> variants(Variants which, std::size_t entries = 1) {
        const std::size_t least = isKqueue ? entries : 1;
        Variant usual{};
        usual.options.backend = M::name();
        Variant corner = usual;
        corner.options.maxEvents = least;
        corner.options.wakeByPipe = real;
        corner.oldKernel = isEpoll;
        if (which == Variants::one || swept) {
            return {usual};
        }
        std::vector<Variant> product;
        for (std::size_t kernel = 0; kernel < (isKqueue ? kernelNames.size() : 1); ++kernel) {
            const std::size_t before = product.size();
            if (which == Variants::few || sanitized || isChosen) { // what is chosen is seen in all of them elsewhere
                // Of several kernels, half are seen in the corner.
                if (kernelNames.size() == 1 || kernel % 2 == 0) {
                    product.push_back(usual);
                }
                if (kernelNames.size() == 1 || kernel % 2 == 1) {
                    product.push_back(corner);
                }
            } else {
                appendProduct(product, least);
            }
            for (std::size_t index = before; index < product.size(); ++index) {
                product[index].kernel = kernel;
            }
        }
        return product;
    }

private:
    static void appendProduct(std::vector<Variant>& product, std::size_t least) {
        for (const std::size_t most : {std::size_t{1}, std::size_t{2}, std::size_t{64}}) {
            if (most < least) {
                continue;
            }
            for (const bool pipe : {false, true}) {
                for (const bool old : {false, true}) {
                    if ((!pipe || real) && (!old || isEpoll)) {
                        Variant& variant = product.emplace_back();
                        variant.options.maxEvents = most;
                        variant.options.wakeByPipe = pipe;
                        variant.oldKernel = old;
                    }
                }
            }
        }
    }
};

} // namespace polleros_test
