// SPDX-License-Identifier: MIT
// Poller: memory, bad input, contracts broken. (Its promises: contract/.)
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/fds.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/native.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/backend/scripted.hpp>
#include <polleros/poller.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;
using polleros::backend::Native;
using polleros::backend::Poll;
using polleros::backend::Scripted;

namespace {

// A memory that keeps accounts, and refuses the k-th request.
struct Accounts {
    std::size_t outstanding = 0;
    std::size_t requests = 0;
    std::size_t refuse = 0; // counted from 1; 0: none

    [[nodiscard]] polleros::Memory memory() {
        return {[](void* context, void* block, std::size_t bytes, std::size_t alignment) -> void* {
                    auto& self = *static_cast<Accounts*>(context);
                    if (block != nullptr) {
                        self.outstanding -= bytes;
                        ::operator delete(block, std::align_val_t{alignment});
                        return nullptr;
                    }
                    if (++self.requests == self.refuse) {
                        return nullptr;
                    }
                    self.outstanding += bytes;
                    return ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
                },
                this};
    }
};

struct Timed {
    static constexpr bool intentIsLocal = true;
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return due; }
    polleros::NativeHandle at = polleros::invalidHandle;
    Triggers wanted = {};
    polleros::TimePoint due = polleros::noDeadline;
};

// Says that it is local, and is not.
struct Sly {
    static constexpr bool intentIsLocal = true;
    bool* wants;
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return polleros::invalidHandle; }
    [[nodiscard]] Triggers triggers() const noexcept { return *wants ? Triggers{work} : Triggers{}; }
};

template <class Source>
double bytesPerChannel(std::size_t channels) {
    Accounts accounts;
    polleros::Options options;
    options.memory = accounts.memory();
    polleros::Poller<Native, Source> poller(options);
    const std::size_t empty = accounts.outstanding;
    CHECK_FALSE(poller.reserve(channels));
    return static_cast<double>(accounts.outstanding - empty) / static_cast<double>(channels) -
           static_cast<double>(sizeof(Source));
}

} // namespace

TEST_CASE("an idle channel takes at most 80 bytes over its source, with a deadline 24 more") {
    // What a kernel does not keep for us, the backend does: who has what handle, and for what.
    // A SOCKET is longer than a descriptor.
    const double kept = (Native::name() == "epoll" ? 0 : 32) + sizeof(polleros::HandleRef) - 8.0;
    for (const std::size_t channels : {std::size_t{10'000}, std::size_t{49'153}, std::size_t{65'536},
                                       std::size_t{100'000}, std::size_t{196'608}, std::size_t{200'000}}) {
        CAPTURE(channels);
        const double audit = polleros::audited ? 8 : 0; // audited builds count more
        CHECK(bytesPerChannel<SocketSource>(channels) <= 80 + kept + audit);
        CHECK(bytesPerChannel<Timed>(channels) <= 80 + kept + 24 + audit);
    }
}

TEST_CASE("after reserve() that many channels are attached, and die, without memory") {
    Accounts accounts;
    polleros::Options options;
    options.memory = accounts.memory();
    options.initialChannels = 10;
    {
        polleros::Poller<Native, Timed> poller(options);
        CHECK_FALSE(poller.reserve(1000));
        const std::size_t before = accounts.requests;
        for (int round = 0; round < 3; ++round) {
            for (std::uint64_t number = 0; number < 1000; ++number) {
                Timed source;
                source.due = poller.now() + 1h;
                number % 2 == 0 ? poller.attachChannel(ChannelNumber{number}, std::move(source))
                                : poller.attachChannel(std::move(source));
            }
            poller.waitTriggers(Timeout::immediately());
            poller.deleteAll();
            poller.waitTriggers(Timeout::immediately());
        }
        CHECK(accounts.requests == before);
        CHECK(poller.reserve(SIZE_MAX / 4) == Errc::sequenceExhausted); // more than can be named
        CHECK(poller.reserve(static_cast<std::size_t>(-1)) == Errc::sequenceExhausted);
    }
    CHECK(accounts.outstanding == 0);
}

TEMPLATE_TEST_CASE("an attach for which memory fails at any point leaves everything as it was, and works afterwards",
                   "", Native, Poll) {
    // Some attaches need much, others nothing: as many as it takes to see every table grow.
    Accounts accounts;
    polleros::Options options;
    options.memory = accounts.memory();
    polleros::Poller<TestType, Timed> poller(options);
    std::vector<Fd> fds;
    std::size_t refusals = 0;
    for (std::uint64_t number = 0; number < 300; ++number) {
        fds.push_back(makeNotifier(1));
        bool attached = false;
        for (std::size_t k = 1; !attached; ++k) {
            REQUIRE(k < 20);
            accounts.refuse = accounts.requests + k;
            Timed source;
            source.at = fds.back().get();
            source.wanted = notify;
            source.due = poller.now() + 1h;
            std::error_code ec;
            auto* const channel = poller.attachChannel(ChannelNumber{number}, std::move(source), ec);
            const bool refused = accounts.requests >= accounts.refuse;
            accounts.refuse = 0;
            attached = channel != nullptr;
            REQUIRE(attached != refused);
            if (refused) {
                ++refusals;
                REQUIRE(ec == Errc::outOfMemory);
                REQUIRE(poller.size() == number);
                REQUIRE(poller.find(ChannelNumber{number}) == nullptr);
                REQUIRE(poller.waitTriggers(Timeout::immediately()).channels == std::min<std::uint64_t>(number, 4096));
            }
        }
    }
    CHECK(refusals > 5);
    std::set<ChannelNumber> seen;
    for (int turn = 0; turn < 3; ++turn) {
        poller.waitTriggers(Timeout::immediately());
        for (auto& channel : poller.triggered()) {
            seen.insert(channel.number());
        }
    }
    CHECK(seen.size() == 300);
}

TEMPLATE_TEST_CASE("a poller for which memory fails at any point is not made, and leaks nothing", "", Native, Poll) {
    const auto before = openFds();
    for (std::size_t k = 1;; ++k) {
        Accounts accounts;
        accounts.refuse = k;
        polleros::Options options;
        options.memory = accounts.memory();
        options.initialChannels = 100;
        std::error_code ec;
        {
            polleros::Poller<TestType, Timed> poller(options, ec);
            if (!ec) {
                static_cast<void>(poller.waker(ec));
            }
        }
        CHECK(accounts.outstanding == 0);
        CHECK(openFds() == before);
        if (accounts.requests < k) {
            CHECK(k > 3);
            CHECK_FALSE(ec);
            break;
        }
        CHECK(ec == Errc::outOfMemory);
    }
}

TEMPLATE_TEST_CASE("a buffer of events that cannot grow stays as it is, and nobody starves", "", Native, Poll) {
    Accounts accounts;
    polleros::Options options;
    options.memory = accounts.memory();
    options.initialEvents = 2;
    polleros::Poller<TestType> poller(options);
    std::vector<Fd> fds;
    for (std::uint64_t number = 0; number < 10; ++number) {
        fds.push_back(makeNotifier(1));
        poller.attachChannel(ChannelNumber{number}, SocketSource(fds.back().get(), notify));
    }
    std::set<ChannelNumber> seen;
    for (int turn = 0; turn < 6; ++turn) {
        accounts.refuse = accounts.requests + 1;
        std::error_code ec;
        CHECK(poller.waitTriggers(Timeout::immediately(), ec).channels >= 2);
        CHECK_FALSE(ec);
        for (auto& channel : poller.triggered()) {
            seen.insert(channel.number());
        }
    }
    CHECK(seen.size() == 10);
}

TEST_CASE("a fixed buffer makes a poller without heap") {
    alignas(std::max_align_t) static std::array<std::byte, 32768> bytes;
    polleros::FixedBuffer buffer(bytes);
    polleros::Options options;
    options.initialChannels = 32;
    options.initialEvents = options.maxEvents = 32;
    options.memory = buffer.memory();
    std::vector<Fd> fds;
    for (int index = 0; index < 32; ++index) {
        fds.push_back(makeNotifier(1));
    }
    std::size_t allocated = 0;
    std::size_t reported = 0;
    {
        const AllocationCount count;
        std::error_code ec;
        polleros::Poller<Native> poller(options, ec);
        polleros::Waker waker = poller.waker(ec);
        for (const Fd& fd : fds) {
            poller.attachChannel(SocketSource(fd.get(), notify), ec);
        }
        waker.wake();
        reported = poller.waitTriggers(1s, ec).channels;
        poller.deleteAll();
        allocated = count.allocations();
    }
    CHECK(reported == 32);
    CHECK(allocated == 0);
    CHECK(buffer.used() <= bytes.size());
}

TEST_CASE("a place in memory stays a channel's own for as long as it lives, whatever comes and goes") {
    polleros::Poller<Native> poller;
    std::map<ChannelNumber, const void*> places;
    for (std::uint64_t number = 0; number < 5000; ++number) {
        places[ChannelNumber{number}] =
            &poller.attachChannel(ChannelNumber{number}, SocketSource(polleros::invalidHandle, {}));
    }
    for (std::uint64_t number = 0; number < 5000; number += 2) {
        poller.deleteChannel(ChannelNumber{number});
        places.erase(ChannelNumber{number});
    }
    for (const auto& [number, place] : places) {
        REQUIRE(poller.find(number) == place);
    }
    std::size_t met = 0;
    for (auto& channel : poller.channels()) {
        met += places.at(channel.number()) == &channel ? 1U : 0U;
    }
    CHECK(met == places.size());
}

TEST_CASE("absurd timeouts are taken for what they mean") {
    polleros::Poller<Native> poller;
    polleros::Waker waker = poller.waker();
    const auto before = poller.now();
    for (const Timeout polls :
         {Timeout(-5s), Timeout(std::chrono::hours::min()), Timeout(0ns), Timeout(polleros::TimePoint::min()),
          Timeout(polleros::TimePoint{}), Timeout(std::chrono::duration<double>(-1e300)),
          Timeout(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()))}) {
        CHECK(poller.waitTriggers(polls).timedOut);
    }
    CHECK(poller.now() - before < 1s);
    for (const Timeout never :
         {Timeout(std::chrono::hours::max()), Timeout(std::chrono::nanoseconds::max()), Timeout(polleros::noDeadline),
          Timeout(polleros::noDeadline - 1ns), Timeout(std::chrono::duration<double>(1e300)), Timeout::never()}) {
        waker.wake();
        CHECK(poller.waitTriggers(never).woken);
    }
}

TEST_CASE("a source whose handle() lies harms only itself") {
    struct Liar {
        int* calls;
        std::vector<NativeHandle> answers;
        [[nodiscard]] polleros::NativeHandle handle() noexcept {
            return answers[static_cast<std::size_t>((*calls)++) % answers.size()];
        }
        [[nodiscard]] Triggers triggers() const noexcept { return notify; }
    };
    polleros::Poller<Native, Liar> poller;
    const Fd honest = makeNotifier(1);
    const Fd one = makeNotifier(1);
    const Fd other = makeNotifier(1);
    int always = 0;
    int calls = 0;
    poller.attachChannel(ChannelNumber{1}, Liar{&always, {honest.get()}});
    const NativeHandle gone = makeNotifier().get();
    poller.attachChannel(ChannelNumber{2}, Liar{&calls,
                                                {one.get(), other.get(), honest.get(), gone, polleros::invalidHandle,
                                                 static_cast<NativeHandle>(-77), 1 << 20}});
    int heard = 0;
    for (int turn = 0; turn < 200; ++turn) {
        poller.waitTriggers(Timeout::immediately());
        for (auto& channel : poller.triggered()) {
            heard += channel.number() == ChannelNumber{1} ? 1 : 0;
        }
    }
    CHECK(heard == 200);
    CHECK(poller.stats().rebuilds == 0);
    poller.deleteChannel(ChannelNumber{2});
    CHECK(poller.waitTriggers(Timeout::immediately()).channels == 1);
}

TEST_CASE("a source that throws when it is attached is not attached, and is told which error that is") {
    struct Thrower {
        [[nodiscard]] polleros::NativeHandle handle() const { throw 1; }
        [[nodiscard]] Triggers triggers() const noexcept { return notify; }
    };
    polleros::Poller<Native, Thrower> poller;
    std::error_code ec;
    CHECK(poller.attachChannel(Thrower{}, ec) == nullptr);
    CHECK(ec == Errc::sourceThrew);
    CHECK(poller.size() == 0);
    CHECK_THROWS_AS(poller.attachChannel(Thrower{}), std::system_error);
}

TEST_CASE("an error that was thrown is not found by the next call") {
    polleros::Poller<Scripted> poller;
    for (int round = 0; round < 2; ++round) {
        CHECK_THROWS_AS(poller.attachChannel(SocketSource(12345, recv)), std::system_error);
        CHECK_NOTHROW(poller.attachChannel(SocketSource(poller.backend().kernel().openHandle(), recv)));
        poller.backend().fail(Scripted::Call::wait, EIO);
        CHECK_THROWS_AS(poller.waitTriggers(Timeout::immediately()), std::system_error);
        CHECK_NOTHROW(poller.waitTriggers(Timeout::immediately()));
    }
}

TEST_CASE("a trigger that the backend cannot watch is refused, and told once if it is asked for later") {
    using Without =
        polleros::backend::BasicScripted<polleros::Capability::hangupOnly, polleros::Capability::subMillisecond>;
    polleros::Poller<Without> poller;
    std::error_code ec;
    CHECK(poller.attachChannel(SocketSource(polleros::invalidHandle, priority), ec) == nullptr);
    CHECK(ec == Errc::unsupportedTrigger);
    const auto handle = poller.backend().kernel().openHandle();
    auto& channel = poller.attachChannel(SocketSource(handle, recv));
    channel.source().want(priority);
    CHECK(poller.waitTriggers(1s).triggers == Triggers{err});
    for (auto& reported : poller.triggered()) {
        CHECK(reported.error() == Errc::unsupportedTrigger);
    }
    CHECK(poller.waitTriggers(1s).timedOut);
    channel.source().want(recv);
    poller.backend().kernel().setReady(handle, polleros::ReadyFlag::read);
    CHECK(poller.waitTriggers(1s).triggers == Triggers{recv});
    CHECK_FALSE(channel.error());
}

#if !POLLEROS_AUDIT // which asserts that nobody begins a second pass over the same reports
TEST_CASE("what was handed out after prepare() is not handed out again because the harvest failed") {
    polleros::backend::ScriptedKernel kernel;
    polleros::Poller<Scripted> poller;
    poller.attachChannel(SocketSource(kernel.openHandle(), work));
    const auto handOut = [&] {
        std::size_t count = 0;
        for ([[maybe_unused]] auto& channel : poller.triggered()) {
            ++count;
        }
        return count;
    };
    CHECK(poller.prepare().isImmediate());
    CHECK(handOut() == 1);
    poller.backend().fail(Scripted::Call::wait, EIO);
    std::error_code ec;
    poller.harvest(ec);
    CHECK(ec.value() == EIO);
    CHECK(handOut() == 0);
    CHECK(poller.waitTriggers(Timeout::immediately()).channels == 1);
    CHECK(handOut() == 1);
}
#endif

TEST_CASE("a local source that changes without a touch is found out") {
    checkAsserts("changed without a touch", [] {
        polleros::Poller<Native, Sly> poller;
        bool wants = false;
        poller.attachChannel(Sly{&wants});
        poller.waitTriggers(Timeout::immediately());
        wants = true;
        poller.waitTriggers(Timeout::immediately());
    });
    checkAsserts("changed without a touch", [] { // one of very many, sooner or later
        polleros::Poller<Native, Sly> poller;
        bool quiet = false;
        bool wants = false;
        for (int index = 0; index < 5000; ++index) {
            poller.attachChannel(Sly{index == 4000 ? &wants : &quiet});
        }
        poller.waitTriggers(Timeout::immediately());
        wants = true;
        for (int turn = 0; turn < 10; ++turn) {
            poller.waitTriggers(Timeout::immediately());
        }
    });
    checkAsserts("changed without a touch", [] { // a deadline is part of it
        polleros::Poller<Native, Timed> poller;
        auto& channel = poller.attachChannel(Timed{});
        poller.waitTriggers(Timeout::immediately());
        const_cast<Timed&>(channel.peek()).due = poller.now() + 1s;
        poller.waitTriggers(Timeout::immediately());
    });
}

TEST_CASE("what the poller may not be asked for asserts") {
    checkAsserts("single pass", [] {
        polleros::Poller<Native> poller;
        poller.waitTriggers(Timeout::immediately());
        auto reported = poller.triggered();
        static_cast<void>(reported.begin());
        static_cast<void>(reported.begin());
    });
    checkAsserts("the channel is deleted", [] {
        polleros::Poller<Native> poller;
        auto& channel = poller.attachChannel(SocketSource(polleros::invalidHandle, work));
        poller.waitTriggers(Timeout::immediately());
        for (auto& reported : poller.triggered()) {
            poller.deleteChannel(reported);
            static_cast<void>(channel.source());
        }
    });
    checkAsserts("is gone", [] {
        polleros::Poller<Native> poller;
        const auto ref = poller.attachChannel(SocketSource(polleros::invalidHandle, {})).ref();
        poller.deleteAll();
        ref->want(recv);
    });
    struct Caller {
        polleros::Poller<Native, Caller>* poller;
        [[nodiscard]] polleros::NativeHandle handle() const { return -1; }
        [[nodiscard]] Triggers triggers() const {
            if (poller != nullptr && poller->size() != 0) {
                poller->deleteAll();
            }
            return {};
        }
    };
    checkAsserts("from a source's function", [] {
        polleros::Poller<Native, Caller> poller;
        poller.attachChannel(Caller{&poller});
        poller.waitTriggers(Timeout::immediately());
    });
}

} // namespace polleros_test
