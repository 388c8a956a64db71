// SPDX-License-Identifier: MIT
// What a lane needs of its kernel: objects, a second opinion about them, and what it holds and was asked.
#pragma once

#include "object.hpp"
#include "support/counting_calls.hpp"
#include "support/fds.hpp"
#include "support/kernel_view.hpp"

#include <polleros/backend/native.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/backend/scripted.hpp>
#include <polleros/interest.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#if POLLEROS_HAS_EPOLL
#include "support/kqueue/modelled_calls.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/kqueue.hpp>
#elif defined(_WIN32)
#include <polleros/backend/wepoll.hpp>
#endif

namespace polleros_test {

// The calls of each lane are counted for themselves.
struct PollLane {};
using PollLaneCalls = BasicCountingCalls<SystemCalls, PollLane>;
#if POLLEROS_HAS_EPOLL
struct EpollLane {};
struct KqueueLane {};
using EpollLaneCalls = BasicCountingCalls<SystemCalls, EpollLane>;
using KqueueLaneCalls = BasicCountingCalls<ModelledCalls<BsdLayout>, KqueueLane>;
#elif defined(_WIN32)
struct WepollLane {};
using WepollLaneCalls = BasicCountingCalls<SystemCalls, WepollLane>;
#endif

// What the channels say is registered.
struct LaneRegistered {
    struct Entry {
        polleros::NativeHandle handle;
        polleros::Interest interest;
    };
    std::map<std::uint64_t, Entry> byToken;
    void add(std::uint64_t token, polleros::NativeHandle handle, polleros::Interest interest) {
        byToken[token] = {handle, interest};
    }
};

class RealLaneKernel {
public:
    using Registered = LaneRegistered;
    static constexpr bool real = true;
    static constexpr std::size_t entriesPerChannel = 2;
    static constexpr bool refusalsComeAlone = false;
    static constexpr bool takesDataForHangup = false; // an event that is told nobody, once
    static constexpr bool answersOnce = false;        // an answer may be old, and a change waits until it has come
    // What a handle that was closed behind the poller's back means: the next wait tells it; the kernel knows a registered
    // number from one that was closed and opened again; a duplicate keeps the registration.
    static constexpr bool noticesClosed = false;
    static constexpr bool tellsDuplicates = true;
    static constexpr bool keepsFiles = false;
#if defined(_WIN32)
    static constexpr bool renumbers = false; // no call chooses a number
#else
    static constexpr bool renumbers = true;
#endif

    // Each lane has numbers of its own: what one closes, no other opens.
    explicit RealLaneKernel(std::size_t lane) {
        constexpr std::size_t each = 100;
        static const std::size_t limit = allowDescriptors(8'192);
        firstNumber_ = static_cast<polleros::NativeHandle>(limit / 2 + each * lane);
    }
    [[nodiscard]] EndsPtr ends(Kind kind) const {
        EndsPtr made = realEnds(kind);
        if constexpr (renumbers) {
            polleros::NativeHandle number = firstNumber_;
            while (isOpen(number)) {
                ++number;
            }
            made->renumber(number);
        }
        return made;
    }
    [[nodiscard]] static bool isOpen(polleros::NativeHandle handle) { return polleros_test::isOpen(handle); }
    // What poll(2) says, until it is what the state says.
    [[nodiscard]] static bool settles(polleros::NativeHandle handle, const Object& object) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!agrees(pollFor(handle, readable | writable | endOfStream, 0), object)) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        return true;
    }
    [[nodiscard]] static polleros::Interest interest(Triggers wanted) {
        polleros::Interest interest;
        interest |= wanted.has(recv) ? polleros::Interest(polleros::InterestFlag::read) : polleros::Interest();
        interest |= wanted.has(send) ? polleros::Interest(polleros::InterestFlag::write) : polleros::Interest();
        interest |= wanted.has(hangup) ? polleros::Interest(polleros::InterestFlag::hangup) : polleros::Interest();
        return interest;
    }

private:
    [[nodiscard]] static bool agrees(polleros::Readiness says, const Object& object) {
        using polleros::ReadyFlag;
        const bool over = says.has(ReadyFlag::error | ReadyFlag::hangup);
        return (says.has(ReadyFlag::read) || over) == object.isReadable() &&
               ((says.has(ReadyFlag::write) || over) == object.isWritable() || object.makesRoom()) &&
               (!Object::endIsToldBehindData ||
                says.has(ReadyFlag::readEnd) == (object.isStream() && (object.ended || object.reset)));
    }

    polleros::NativeHandle firstNumber_ = 0;
};

template <class B>
struct LaneKernel;

// poll(2) is handed its list by each wait: there is nothing to look at.
template <class Sys>
struct LaneKernel<polleros::backend::BasicPoll<Sys>> : RealLaneKernel {
    static constexpr std::size_t callsPerChange = 0;
    static constexpr bool noticesClosed = true;
    static constexpr bool tellsDuplicates = false;
    explicit LaneKernel(std::size_t /*system*/) : RealLaneKernel(0) {}
    [[nodiscard]] static const char* name() { return "poll"; }
    template <class Poller>
    [[nodiscard]] static std::size_t controls(const Poller& /*poller*/) {
        return Sys::counts().controls();
    }
    template <class Poller>
    [[nodiscard]] static const char* differs(const Poller& /*poller*/, const Registered& /*all*/, bool /*certain*/) {
        return nullptr;
    }
};

#if defined(_WIN32)
// It tells nobody what it holds.
template <class Sys>
struct LaneKernel<polleros::backend::BasicWepoll<Sys>> : RealLaneKernel {
    static constexpr std::size_t callsPerChange = 1;
    static constexpr std::size_t entriesPerChannel = 1;
    static constexpr bool answersOnce = true;
    static constexpr bool noticesClosed = true;
    static constexpr bool tellsDuplicates = false;
    explicit LaneKernel(std::size_t /*system*/) : RealLaneKernel(1) {}
    [[nodiscard]] static const char* name() { return "wepoll"; }
    template <class Poller>
    [[nodiscard]] static std::size_t controls(const Poller& /*poller*/) {
        return Sys::counts().controls();
    }
    template <class Poller>
    [[nodiscard]] static const char* differs(const Poller& /*poller*/, const Registered& /*all*/, bool /*certain*/) {
        return nullptr;
    }
};
#endif

#if POLLEROS_HAS_EPOLL
template <class Sys>
struct LaneKernel<polleros::backend::BasicEpoll<Sys>> : RealLaneKernel {
    static constexpr std::size_t callsPerChange = 1;
    static constexpr std::size_t entriesPerChannel = 1;
    static constexpr bool keepsFiles = true;
    explicit LaneKernel(std::size_t /*system*/) : RealLaneKernel(1) {}
    [[nodiscard]] static const char* name() { return "epoll"; }
    template <class Poller>
    [[nodiscard]] static std::size_t controls(const Poller& /*poller*/) {
        return Sys::counts().controls();
    }
    template <class Poller>
    [[nodiscard]] static const char* differs(const Poller& poller, const Registered& registered, bool certain) {
        auto view = kernelView(poller.nativeHandle());
        for (const auto& [token, entry] : registered.byToken) {
            if (view.erase(asRegistered(entry.handle, entry.interest, polleros::SeqN{token})) == 0) {
                return "the kernel watches for what is wanted";
            }
        }
        std::erase_if(view, [](const auto& entry) { return polleros::SeqN{entry.seqN} == polleros::wakerSeqN; });
        return certain && !view.empty() ? "what is not registered is not in the kernel" : nullptr;
    }
};

template <class Sys>
struct LaneKernel<polleros::backend::BasicKqueue<Sys>> : RealLaneKernel {
    static constexpr bool refusalsComeAlone = true;
    static constexpr bool takesDataForHangup = true;
    static constexpr std::size_t callsPerChange = 3; // read, write, and what stands in for hangup
    explicit LaneKernel(std::size_t system) : RealLaneKernel(2) { KqueueModel::behave(static_cast<System>(system)); }
    ~LaneKernel() { KqueueModel::behave(System::freebsd); }
    LaneKernel(const LaneKernel&) = delete;
    LaneKernel& operator=(const LaneKernel&) = delete;
    [[nodiscard]] static const char* name() { return "kqueue"; }
    template <class Poller>
    [[nodiscard]] static std::size_t controls(const Poller& /*poller*/) {
        return Sys::counts().controls();
    }
    template <class Poller>
    [[nodiscard]] const char* differs(const Poller& poller, const Registered& registered, bool certain) {
        std::size_t filters = 0;
        for (const auto& [token, entry] : registered.byToken) {
            using polleros::InterestFlag;
            filters += entry.interest.has(InterestFlag::read | InterestFlag::hangup) ? 1U : 0U;
            filters += entry.interest.has(InterestFlag::write) ? 1U : 0U;
        }
        const std::size_t held = KqueueModel::registered(poller.nativeHandle()).value_or(0);
        if (!certain) {
            return nullptr;
        }
        if (held < filters) {
            return "what is registered is in the kernel";
        }
        return held - filters > 1 ? "what is not registered is not in the kernel" : nullptr; // the waker is one
    }
};
#endif

// The imaginary kernel, with the world it is in.
template <polleros::Capability... can>
struct LaneKernel<polleros::backend::BasicScripted<can...>> : RealLaneKernel {
    static constexpr bool real = false;
    static constexpr bool renumbers = true;
    static constexpr std::size_t callsPerChange = 1;
    static constexpr std::size_t entriesPerChannel = 1;
    static constexpr bool keepsFiles = true;
    explicit LaneKernel(std::size_t /*system*/) : RealLaneKernel(0) {}
    [[nodiscard]] static const char* name() { return "scripted"; }
    [[nodiscard]] EndsPtr ends(Kind kind) { return scriptedEnds(world_, kind); }
    [[nodiscard]] bool isOpen(polleros::NativeHandle handle) const { return world_.isOpen(handle); }
    [[nodiscard]] static bool settles(polleros::NativeHandle /*handle*/, const Object& /*object*/) { return true; }
    template <class Poller>
    [[nodiscard]] static std::size_t controls(Poller& poller) {
        return poller.backend().changes();
    }
    template <class Poller>
    [[nodiscard]] static const char* differs(Poller& poller, const Registered& registered, bool certain) {
        for (const auto& [token, entry] : registered.byToken) {
            if (poller.backend().interestOf(entry.handle) != entry.interest) {
                return "the kernel watches for what is wanted";
            }
        }
        return certain && poller.backend().registered() != registered.byToken.size()
                   ? "what is not registered is not in the kernel"
                   : nullptr;
    }

private:
    polleros::backend::ScriptedKernel world_;
};

} // namespace polleros_test
