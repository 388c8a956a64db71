// SPDX-License-Identifier: MIT
// A backend over a kqueue that only writes down what it is asked, and the words in which its tests speak.
#pragma once

#include "support/catch.hpp"
#include "support/kqueue/recorded_calls.hpp"

#include <polleros/backend/kqueue.hpp>

#include <memory>

namespace polleros_test {

using Flag = polleros::ReadyFlag;
using polleros::Interest;
using polleros::Occupied;
using polleros::Ready;
using polleros::SeqN;
using polleros::Timeout;
using polleros::When;
inline constexpr auto in = polleros::InterestFlag::read;
inline constexpr auto out = polleros::InterestFlag::write;
inline constexpr auto urgent = polleros::InterestFlag::priority;
inline constexpr auto ends = polleros::InterestFlag::hangup;
inline constexpr auto edges = polleros::InterestFlag::edge;

template <class Udata>
struct Kernel {
    using Calls = RecordedCalls<Udata>;
    using Kevent = typename Calls::Kevent;
    using Backend = polleros::backend::BasicKqueue<Calls>;
    using Token = polleros::detail::KqueueToken<Udata>;

    static constexpr unsigned add = Calls::evAdd | Calls::evEnable;
    static constexpr unsigned addClear = add | Calls::evClear;
    static constexpr unsigned remove = Calls::evDelete;

    explicit Kernel(polleros::Options options = {}) {
        Calls::forget();
        std::error_code ec;
        backend = std::make_unique<Backend>(options, ec);
        REQUIRE_FALSE(ec);
    }

    static Kevent entry(int handle, int filter, SeqN seqN, unsigned flags, unsigned fflags = 0, std::int64_t data = 0) {
        return {static_cast<std::uintptr_t>(handle),
                static_cast<short>(filter),
                static_cast<unsigned short>(flags),
                fflags,
                data,
                Token::of(seqN)};
    }
    // What the kernel answers to a change that it refuses.
    static Kevent refused(int handle, int filter, SeqN seqN, int error) {
        return entry(handle, filter, seqN, Calls::evError, 0, error);
    }
    static void answer(std::vector<Kevent> events) { Calls::answers.push_back({std::move(events), 0}); }
    static void fail(int error) { Calls::answers.push_back({{}, error}); }

    // A registration that the kernel has.
    void registered(int handle, SeqN seqN, Interest interest) {
        REQUIRE_FALSE(backend->add(handle, seqN, interest, Occupied::takeOver, When::now));
        Calls::calls.clear();
    }
    void want(int handle, SeqN seqN, Interest interest) { REQUIRE_FALSE(backend->modify(handle, seqN, {}, interest)); }

    std::vector<Ready> wait(Timeout timeout = Timeout::immediately()) {
        std::error_code ec;
        std::vector<Ready> ready(backend->wait(timeout, ec));
        for (std::size_t index = 0; index < ready.size(); ++index) {
            ready[index] = backend->ready(index);
        }
        error = ec;
        return ready;
    }

    // The changes of a call, as (handle, filter, flags), having checked all that is the same in each.
    struct Change {
        int handle;
        int filter;
        unsigned flags;
        friend bool operator==(const Change&, const Change&) = default;
    };
    static std::vector<Change> changes(std::size_t call) {
        REQUIRE(call < Calls::calls.size());
        const auto& asked = Calls::calls[call];
        CHECK(asked.room >= asked.changes.size());
        std::vector<Change> result;
        for (const Kevent& each : asked.changes) {
            CHECK(each.data == 0);
            CHECK(each.fflags == (each.filter == Calls::exceptFilter ? Calls::noteOob : 0U));
            result.push_back({static_cast<int>(each.ident), each.filter, each.flags});
        }
        return result;
    }
    // Those of the one waiting call since the last look.
    std::vector<Change> waited() {
        wait();
        REQUIRE(Calls::calls.size() == 1);
        for (const Kevent& each : Calls::calls[0].changes) {
            CHECK((each.flags & Calls::evReceipt) == 0); // it would not wait
        }
        const std::vector<Change> result = changes(0);
        Calls::calls.clear();
        return result;
    }

    std::unique_ptr<Backend> backend;
    std::error_code error;
};

} // namespace polleros_test

namespace Catch {
template <>
struct StringMaker<polleros::Ready> {
    static std::string convert(const polleros::Ready& ready) {
        return std::to_string(static_cast<std::uint64_t>(ready.seqN)) + ": " + std::to_string(ready.readiness.bits()) +
               ", " + std::to_string(ready.failure);
    }
};
} // namespace Catch

namespace polleros::inline POLLEROS_ABI_NAMESPACE {
inline bool operator==(const Ready& a, const Ready& b) {
    return a.seqN == b.seqN && a.readiness == b.readiness && a.failure == b.failure;
}
} // namespace polleros::inline POLLEROS_ABI_NAMESPACE

#define EACH_UDATA void*, std::intptr_t, std::uint32_t

#define NAMES                                                                                                          \
    using K = Kernel<TestType>;                                                                                        \
    using Calls [[maybe_unused]] = typename K::Calls;                                                                  \
    using Change [[maybe_unused]] = std::vector<typename K::Change>;                                                   \
    [[maybe_unused]] constexpr int readFilter = Calls::readFilter;                                                     \
    [[maybe_unused]] constexpr int writeFilter = Calls::writeFilter;                                                   \
    [[maybe_unused]] constexpr int exceptFilter = Calls::exceptFilter;                                                 \
    [[maybe_unused]] const SeqN one = polleros::detail::makeSeqN(0x1'0001, 3);                                         \
    [[maybe_unused]] const SeqN two = polleros::detail::makeSeqN(0x1'0002, 7);
