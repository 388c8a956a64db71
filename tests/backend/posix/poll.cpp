// SPDX-License-Identifier: MIT
// What only poll(2) does: its list, which is patched and never built anew, and what it cannot tell.
#include "support/catch.hpp"
#include "support/death.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"
#include "support/harness.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/poll.hpp>
#include <polleros/poller.hpp>

#include <random>

#include <fcntl.h>
#include <sys/resource.h>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;

namespace {

// Sees the list that the kernel is given.
struct SeenCalls : FaultyCalls {
    static inline std::map<int, short> list;
    static inline std::size_t length = 0;

    static int poll(::pollfd* entries, std::size_t count, polleros::Timeout timeout) noexcept {
        list.clear();
        length = count;
        for (std::size_t index = 0; index < count; ++index) {
            if (entries[index].fd >= 0) {
                list[entries[index].fd] = entries[index].events;
            }
        }
        return FaultyCalls::poll(entries, count, timeout);
    }
};

using Poller = polleros::Poller<polleros::backend::BasicPoll<SeenCalls>>;

} // namespace

TEST_CASE("a handle that was closed behind the library's back is told once, and leaves the list") {
    Poller poller;
    Fd event = makeNotifier();
    const Fd other = makeNotifier();
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
    poller.attachChannel(ChannelNumber{2}, SocketSource(other.get(), notify));
    poller.waitTriggers(Timeout::immediately());
    event.close();
    const auto result = poller.waitTriggers(1s);
    CHECK(result.channels == 1);
    for (auto& reported : poller.triggered()) {
        CHECK(&reported == &channel);
        CHECK(reported.act() == Triggers{err});
        CHECK(reported.error() == Errc::badHandle);
        CHECK(reported.exp().empty());
    }
    CHECK(poller.waitTriggers(10ms).timedOut);
    CHECK(SeenCalls::length == 2); // the waker's and the other one
    CHECK(poller.stats().staleEvents == 0);
    const Fd again = makeNotifier(1); // the same number
    poller.attachChannel(ChannelNumber{3}, SocketSource(again.get(), notify));
    CHECK(poller.waitTriggers(1s).triggers == Triggers{notify});
    channel.source().want(send | notify); // the dead one tries again, and is told whose the number is
    poller.waitTriggers(1s);
    CHECK(channel.error() == Errc::alreadyAttached);
    poller.deleteChannel(ChannelNumber{1});
    CHECK(poller.waitTriggers(1s).channels == 1);
}

TEST_CASE("the list equals what the channels expect, whatever has happened to them") {
    Poller poller;
    std::mt19937 random(5);
    std::vector<Fd> fds;
    for (int index = 0; index < 30; ++index) {
        fds.push_back(makeNotifier(random() % 2));
    }
    const std::vector<Triggers> intents{{}, recv, send, recv | send, hangup, priority | recv, work};
    for (int turn = 0; turn < 3000; ++turn) {
        const std::size_t index = random() % fds.size();
        const ChannelNumber number{index};
        if (auto* const channel = poller.find(number); channel == nullptr) {
            poller.attachChannel(number, SocketSource(fds[index].get(), intents[random() % intents.size()]));
        } else if (random() % 4 == 0) {
            poller.deleteChannel(number);
        } else {
            channel->source().want(intents[random() % intents.size()]);
        }
        if (random() % 3 != 0) {
            continue;
        }
        poller.waitTriggers(Timeout::immediately());
        std::map<int, short> expected;
        for (auto& each : poller.channels()) {
            const auto bits = [&](polleros::InterestFlag flag, int events) {
                return each.exp().has(flag) ? events : 0;
            };
            if (!each.exp().empty()) {
                expected[each.peek().handle().number] = static_cast<short>(
                    bits(polleros::InterestFlag::read, POLLIN) | bits(polleros::InterestFlag::write, POLLOUT) |
                    bits(polleros::InterestFlag::priority, POLLPRI) |
                    bits(polleros::InterestFlag::hangup, polleros::detail::OsCalls::pollReadEnd));
            }
        }
        REQUIRE(SeenCalls::list == expected);
        REQUIRE(SeenCalls::length == expected.size() + 1);
    }
    CHECK(poller.stats().staleEvents == 0);
}

TEST_CASE("a small buffer is filled from where the last wait ended") {
    polleros::Options options;
    options.initialEvents = options.maxEvents = 2;
    Poller poller(options);
    std::vector<Fd> fds;
    for (std::uint64_t number = 0; number < 5; ++number) {
        fds.push_back(makeNotifier(1));
        poller.attachChannel(ChannelNumber{number}, SocketSource(fds.back().get(), notify));
    }
    std::vector<std::uint64_t> order;
    for (int turn = 0; turn < 5; ++turn) {
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 2);
        for (auto& channel : poller.triggered()) {
            order.push_back(static_cast<std::uint64_t>(channel.number()));
        }
    }
    CHECK(order == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 0, 1, 2, 3, 4});
}

TEST_CASE("more handles than the process may have open are the wait's error, and no intent is lost") {
    std::vector<Fd> fds;
    Poller poller;
    for (std::uint64_t number = 0; number < 60; ++number) {
        fds.push_back(makeNotifier(1));
        poller.attachChannel(ChannelNumber{number}, SocketSource(fds.back().get(), notify));
    }
    ::rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    ::rlimit low = before;
    low.rlim_cur = 32;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    std::error_code ec;
    poller.waitTriggers(Timeout::immediately(), ec);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(ec.value() == EINVAL);
    CHECK(poller.waitTriggers(Timeout::immediately(), ec).channels == 60);
    CHECK_FALSE(ec);
}

TEST_CASE("a refused or interrupted poll is dealt with as any wait is") {
    Poller poller;
    const Fd event = makeNotifier(1);
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), {}));
    std::error_code ec;
    {
        const Faults<> faults({{.call = Call::poll, .error = ENOMEM}});
        poller.waitTriggers(1ms, ec);
        CHECK(ec == Errc::outOfMemory);
    }
    {
        const Faults<> faults({{.call = Call::poll, .times = 1000, .error = EINTR}});
        const auto length = isTranslated() ? 500ms : 20ms; // time for all of them
        const auto before = poller.now();
        CHECK(poller.waitTriggers(length).timedOut);
        CHECK(poller.now() - before >= length);
        CHECK(faults.hits() == 1000);
    }
    {
        const Faults<> faults({{.call = Call::poll, .times = 3, .value = 0}});
        const auto before = poller.now();
        CHECK(poller.waitTriggers(5ms).timedOut);
        CHECK(poller.now() - before >= 5ms);
    }
}

TEST_CASE("poll(2) has no handle to nest, and says so") {
    Poller poller;
    CHECK(poller.nativeHandle() == polleros::invalidHandle);
    CHECK_FALSE(decltype(poller.backend())(poller.backend()).capabilities().has(polleros::Capability::nests));
    CHECK(poller.backendName() == "poll");
}

TEST_CASE("a handle that fstat cannot judge is refused with the system's own error") {
    Poller poller;
    const Fd event = makeNotifier();
    const Faults<> faults({{.call = Call::fstat, .error = EOVERFLOW}});
    std::error_code ec;
    CHECK(poller.attachChannel(SocketSource(event.get(), notify), ec) == nullptr);
    CHECK(ec.value() == EOVERFLOW);
    CHECK(poller.attachChannel(SocketSource(event.get(), notify), ec) != nullptr);
}

} // namespace polleros_test
