// SPDX-License-Identifier: MIT
// Words for the tests of KqueueModel: a system with its layout as a type, and a queue whose calls come back as values.
//
//     TEMPLATE_TEST_CASE("what an ADD does", "", POLLEROS_TEST_KERNELS) {
//         Queue<TestType> queue;
//         CHECK(queue.apply({queue.change(fd, read, evAdd)}) == 0);
#pragma once

#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/kqueue/modelled_calls.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <vector>

namespace polleros_test {

template <System which, class TheLayout>
struct SystemKernel {
    static constexpr System system = which;
    using Layout = TheLayout;
};

using FreeBsd = SystemKernel<System::freebsd, FreeBsdLayout>;
using NetBsd = SystemKernel<System::netbsd, NetBsdLayout>;
using OpenBsd = SystemKernel<System::openbsd, OpenBsdLayout>;
using MacOs = SystemKernel<System::macos, MacLayout>;

// One entry of an event list, the same for all layouts.
struct Seen {
    std::uintptr_t ident = 0;
    std::int64_t filter = 0;
    std::uint32_t flags = 0;
    std::uint32_t fflags = 0;
    std::int64_t data = 0;
    std::uint64_t udata = 0;

    [[nodiscard]] bool end() const { return (flags & kq::evEof) != 0; }
    [[nodiscard]] bool failed() const { return (flags & kq::evError) != 0; }
};

// What a call returned: `result`, `error` if that is -1, and the entries that were filled.
struct Outcome {
    int result = 0;
    int error = 0;
    std::vector<Seen> events;
};

template <class TheKernel>
class Queue {
public:
    using Calls = ModelledCalls<typename TheKernel::Layout>;
    using Kevent = typename Calls::Kevent;
    using Limit = std::chrono::nanoseconds;

    static constexpr System system = TheKernel::system;
    static constexpr auto read = Calls::readFilter;
    static constexpr auto write = Calls::writeFilter;
    static constexpr auto user = Calls::userFilter;
    static constexpr auto except = Calls::exceptFilter;

    Queue() {
        if (!KqueueModel::possible()) {
            GATE("the suite's kqueue", "this system does not tell the state of TCP sockets");
        }
        KqueueModel::behave(system);
        fd_ = Fd(Calls::kqueue());
    }
    // With something other than the system's present release does.
    template <class Differ>
    explicit Queue(Differ differ) : Queue() {
        Behaviour behaviour = Behaviour::of(system);
        differ(behaviour);
        KqueueModel::behave(behaviour);
    }

    [[nodiscard]] int fd() const { return fd_.get(); }
    void close() { fd_.close(); }

    [[nodiscard]] static Kevent change(std::uintptr_t ident, decltype(Kevent::filter) filter, std::uint32_t flags,
                                       std::uint64_t udata = 0, std::uint32_t fflags = 0, std::int64_t data = 0) {
        Kevent kevent{};
        kevent.ident = ident;
        kevent.filter = filter;
        kevent.flags = static_cast<decltype(kevent.flags)>(flags);
        kevent.fflags = fflags;
        kevent.data = static_cast<decltype(kevent.data)>(data);
        kevent.udata = reinterpret_cast<void*>(static_cast<std::uintptr_t>(udata));
        return kevent;
    }
    [[nodiscard]] static Kevent change(int fd, decltype(Kevent::filter) filter, std::uint32_t flags,
                                       std::uint64_t udata = 0, std::uint32_t fflags = 0, std::int64_t data = 0) {
        return change(static_cast<std::uintptr_t>(fd), filter, flags, udata, fflags, data);
    }

    // One call with separate lists. No limit: for ever.
    Outcome call(const std::vector<Kevent>& changes, std::size_t room, std::optional<Limit> limit = Limit(0)) {
        ::timespec time{};
        if (limit) {
            time.tv_sec = static_cast<::time_t>(limit->count() / 1'000'000'000);
            time.tv_nsec = static_cast<long>(limit->count() % 1'000'000'000);
        }
        std::vector<Kevent> events(room + 1);
        Outcome outcome;
        outcome.result =
            Calls::kevent(fd(), changes.data(), changes.size(), events.data(), room, limit ? &time : nullptr);
        outcome.error = outcome.result == -1 ? errno : 0;
        for (int index = 0; index < outcome.result; ++index) {
            const Kevent& event = events[static_cast<std::size_t>(index)];
            outcome.events.push_back({event.ident, static_cast<std::int64_t>(event.filter), event.flags, event.fflags,
                                      static_cast<std::int64_t>(event.data),
                                      reinterpret_cast<std::uintptr_t>(event.udata)});
        }
        return outcome;
    }

    // Changes only, without a list for errors: 0 or an error.
    int apply(const std::vector<Kevent>& changes) { return call(changes, 0).error; }
    int apply(const Kevent& only) { return apply(std::vector<Kevent>{only}); }

    std::vector<Seen> harvest(std::size_t room = 16, std::optional<Limit> limit = Limit(0)) {
        return call({}, room, limit).events;
    }
    // The only event; nothing when there is none, or a second one.
    std::optional<Seen> one() {
        const std::vector<Seen> events = harvest();
        return events.size() == 1 ? std::optional(events.front()) : std::nullopt;
    }
    // The event of one filter among all.
    std::optional<Seen> of(int fd, decltype(Kevent::filter) filter) {
        for (const Seen& event : harvest()) {
            if (event.ident == static_cast<std::uintptr_t>(fd) && event.filter == static_cast<std::int64_t>(filter)) {
                return event;
            }
        }
        return std::nullopt;
    }

    bool silent() { return harvest().empty(); }

private:
    Fd fd_;
};

// Every bit of a udata that can be carried here.
inline constexpr std::uint64_t markOne = static_cast<std::uintptr_t>(0xFEDC'BA98'7654'3210);
inline constexpr std::uint64_t markTwo = static_cast<std::uintptr_t>(0x0123'4567'89AB'CDEF);

// What poll(2) says about one descriptor, with its own bits.
inline short polled(int fd, short events, int milliseconds) {
    ::pollfd entry{fd, events, 0};
    REQUIRE(::poll(&entry, 1, milliseconds) != -1);
    return entry.revents;
}

// Lets arrive what a peer did.
inline void arrives(int fd, short events) {
    if (polled(fd, events, 5'000) == 0) {
        FAIL("what a peer did never arrived");
    }
}

using kq::evAdd;
using kq::evClear;
using kq::evDelete;
using kq::evDisable;
using kq::evEnable;
using kq::evEof;
using kq::evError;
using kq::evOneshot;
using kq::evReceipt;
using kq::noteTrigger;

} // namespace polleros_test

#define POLLEROS_TEST_KERNELS                                                                                          \
    polleros_test::FreeBsd, polleros_test::NetBsd, polleros_test::OpenBsd, polleros_test::MacOs
