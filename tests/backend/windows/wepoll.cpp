// SPDX-License-Identifier: MIT
// What only wepoll does: leftovers, registrations that it drops without a word, and one socket that fails every wait.
#include "support/catch.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"

#include <polleros/backend/native.hpp>
#include <polleros/backend/wepoll.hpp>
#include <polleros/poller.hpp>

#include <set>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace polleros_test {
namespace {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::InterestFlag;
using polleros::Occupied;
using polleros::SeqN;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;
using polleros::When;
using polleros::backend::BasicWepoll;
using polleros::detail::WepollCalls;

static_assert(std::is_same_v<polleros::backend::Native, polleros::backend::Wepoll>);

// A driver that refuses to watch one socket, to take one in, or anything at all.
struct RefusingCalls : WepollCalls {
    static inline NativeHandle refused = polleros::invalidHandle;
    static inline NativeHandle shutOut = polleros::invalidHandle;
    static inline bool isMember = false;
    static inline bool broken = false;

    static int wepollControl(HANDLE set, int operation, NativeHandle handle, ::epoll_event* event) noexcept {
        if (operation == EPOLL_CTL_ADD && handle == shutOut) {
            setLastError(ERROR_NOT_SUPPORTED);
            return -1;
        }
        const int result = WepollCalls::wepollControl(set, operation, handle, event);
        if (result == 0 && handle == refused) {
            isMember = operation != EPOLL_CTL_DEL;
        }
        return result;
    }
    static int wepollWait(HANDLE set, ::epoll_event* events, int room, int milliseconds) noexcept {
        if (isMember || broken) {
            setLastError(ERROR_NOT_SUPPORTED);
            return -1;
        }
        return WepollCalls::wepollWait(set, events, room, milliseconds);
    }
};

// Notes in which state a set is closed.
struct NotingCalls : WepollCalls {
    static inline int members = 0;
    static inline bool isDrained = true; // there was a wait since the last one left
    static inline std::vector<std::pair<int, bool>> closed;

    static int wepollControl(HANDLE set, int operation, NativeHandle handle, ::epoll_event* event) noexcept {
        const int result = WepollCalls::wepollControl(set, operation, handle, event);
        if (result == 0 && operation != EPOLL_CTL_MOD) {
            members += operation == EPOLL_CTL_ADD ? 1 : -1;
            isDrained = false;
        }
        return result;
    }
    static int wepollWait(HANDLE set, ::epoll_event* events, int room, int milliseconds) noexcept {
        isDrained = true;
        return WepollCalls::wepollWait(set, events, room, milliseconds);
    }
    static int wepollClose(HANDLE set) noexcept {
        closed.emplace_back(members, isDrained);
        return WepollCalls::wepollClose(set);
    }
};

constexpr SeqN seqN(std::uint64_t birth) {
    return SeqN{birth << 32U};
}

using Channels = std::set<ChannelNumber>;

template <class Poller>
Channels triggered(Poller& poller) {
    Channels numbers;
    for (auto& channel : poller.triggered()) {
        numbers.insert(channel.number());
    }
    return numbers;
}

} // namespace

TEST_CASE("the leftover of a closed socket with the same number is replaced, not changed") {
    std::error_code ec;
    polleros::backend::Wepoll backend({}, ec);
    REQUIRE_FALSE(ec);
    Fd old = udpToItself();
    const NativeHandle number = old.get();
    REQUIRE_FALSE(backend.add(number, seqN(1), InterestFlag::read, Occupied::takeOver, When::now));
    REQUIRE(backend.wait(Timeout::immediately(), ec) == 0);
    old.close();
    const Fd fresh = forceFdNumber(udpToItself(), number);

    CHECK(backend.add(number, seqN(2), InterestFlag::write, Occupied::refuse, When::now) == Errc::alreadyAttached);
    REQUIRE_FALSE(backend.add(number, seqN(2), InterestFlag::write, Occupied::takeOver, When::now));
    REQUIRE(backend.wait(1s, ec) == 1);
    CHECK(backend.ready(0).seqN == seqN(2));
    CHECK(backend.ready(0).readiness == polleros::ReadyFlag::write);
}

TEST_CASE("before a set is closed all leave it, and what is under way is waited for") {
    const FdPair one = makePair(PairKind::tcp);
    const FdPair other = makePair(PairKind::tcp);
    {
        std::error_code ec;
        BasicWepoll<NotingCalls> backend({}, ec);
        REQUIRE_FALSE(ec);
        const auto addBoth = [&] {
            REQUIRE_FALSE(backend.add(one.ours.get(), SeqN{1}, InterestFlag::read, Occupied::refuse, When::now));
            REQUIRE_FALSE(backend.add(other.ours.get(), SeqN{2}, InterestFlag::read, Occupied::refuse, When::now));
            CHECK(NotingCalls::members == 2);
        };
        addBoth();
        REQUIRE_FALSE(backend.renew());
        addBoth();
    }
    CHECK(NotingCalls::closed == std::vector<std::pair<int, bool>>{{0, true}, {0, true}});
}

TEST_CASE("a registration that wepoll has dropped is told once, and its number can be attached anew") {
    polleros::Poller<polleros::backend::Wepoll> poller;
    Fd fd = udpToItself();
    const NativeHandle number = fd.get();
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(number, recv));
    CHECK(poller.waitTriggers(10ms).timedOut);
    fd.close();
    CHECK(poller.waitTriggers(50ms).channels == 1);
    CHECK(triggered(poller) == Channels{ChannelNumber{1}});
    CHECK(channel.error() == Errc::badHandle);
    CHECK(poller.waitTriggers(20ms).timedOut);

    const Fd fresh = forceFdNumber(udpToItself(), number);
    poller.attachChannel(ChannelNumber{2}, SocketSource(fresh.get(), send));
    CHECK(poller.waitTriggers(1s).triggers == Triggers{send});
    CHECK(triggered(poller) == Channels{ChannelNumber{2}});
}

TEST_CASE("among many registrations the dead ones are found in time, and looking costs no system call") {
    polleros::Poller<BasicWepoll<BasicCountingCalls<WepollCalls>>> poller;
    std::vector<Fd> fds;
    for (unsigned index = 0; index < 100; ++index) {
        fds.push_back(udpToItself());
        poller.attachChannel(ChannelNumber{index}, SocketSource(fds.back().get(), recv));
    }
    CHECK(poller.waitTriggers(10ms).timedOut);
    fds[57].close();
    Channels told;
    for (int turn = 0; turn < 20; ++turn) {
        poller.waitTriggers(1ms);
        told.merge(triggered(poller));
    }
    CHECK(told == Channels{ChannelNumber{57}});
}

TEST_CASE("a wait that does not block tells what is ready, whatever was changed or withdrawn before it") {
    polleros::Options options;
    options.maxEvents = 1;
    polleros::Poller<polleros::backend::Wepoll> poller(options);
    std::vector<FdPair> idle;
    for (unsigned index = 0; index < 10; ++index) {
        idle.push_back(makePair(PairKind::tcp));
        poller.attachChannel(ChannelNumber{index}, SocketSource(idle.back().ours.get(), recv));
    }
    const FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{100}, SocketSource(pair.ours.get(), recv));
    CHECK(poller.waitTriggers(10ms).timedOut);
    for (int turn = 0; turn < 10; ++turn) {
        channel.source().want(recv | send);
        CHECK(poller.waitTriggers(Timeout::immediately()).triggers == Triggers{send});
        channel.source().want(recv);
        poller.deleteChannel(ChannelNumber{static_cast<unsigned>(turn)});
        CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
    }
}

TEST_CASE("one socket that makes every wait fail is told, and the others are heard") {
    polleros::Poller<BasicWepoll<RefusingCalls>> poller;
    const polleros::Waker waker = poller.waker();
    std::vector<FdPair> pairs;
    for (unsigned index = 0; index < 20; ++index) {
        pairs.push_back(makePair(PairKind::tcp));
        poller.attachChannel(ChannelNumber{index}, SocketSource(pairs.back().ours.get(), recv));
    }
    CHECK(poller.waitTriggers(10ms).timedOut);
    RefusingCalls::refused = pairs[17].ours.get();
    RefusingCalls::isMember = true;
    writeBytes(pairs[3].peer.get(), 1);

    std::error_code ec;
    Channels told;
    for (int turn = 0; turn < 3; ++turn) {
        poller.waitTriggers(100ms, ec);
        CHECK_FALSE(ec);
        for (auto& channel : poller.triggered()) {
            CHECK(channel.act() == (channel.number() == ChannelNumber{17} ? err : recv));
            told.insert(channel.number());
        }
    }
    CHECK(told == Channels{ChannelNumber{3}, ChannelNumber{17}});
    CHECK(poller.find(ChannelNumber{17})->error().value() == ERROR_NOT_SUPPORTED);
    waker.wake();
    CHECK(poller.waitTriggers(5s).woken);
    RefusingCalls::refused = polleros::invalidHandle;
}

TEST_CASE("a set that fails by itself is the poller's error, blames nobody, and may recover") {
    polleros::Poller<BasicWepoll<RefusingCalls>> poller;
    const polleros::Waker waker = poller.waker();
    const FdPair pair = makePair(PairKind::tcp);
    poller.attachChannel(ChannelNumber{1}, SocketSource(pair.ours.get(), recv));
    RefusingCalls::broken = true;
    for (int turn = 0; turn < 3; ++turn) {
        std::error_code ec;
        CHECK(poller.waitTriggers(50ms, ec).channels == 0);
        CHECK(ec.value() == ERROR_NOT_SUPPORTED);
    }
    RefusingCalls::broken = false;
    writeBytes(pair.peer.get(), 1);
    CHECK(poller.waitTriggers(5s).triggers == Triggers{recv});
    waker.wake();
    CHECK(poller.waitTriggers(5s).woken);
}

TEST_CASE("who is lost when the set fails is told first, and the failure by the next wait") {
    polleros::Poller<BasicWepoll<RefusingCalls>> poller;
    const FdPair lost = makePair(PairKind::tcp);
    const FdPair other = makePair(PairKind::tcp);
    poller.attachChannel(ChannelNumber{1}, SocketSource(lost.ours.get(), recv));
    poller.attachChannel(ChannelNumber{2}, SocketSource(other.ours.get(), recv));
    CHECK(poller.waitTriggers(10ms).timedOut);
    RefusingCalls::shutOut = lost.ours.get();
    RefusingCalls::broken = true;
    std::error_code ec;
    CHECK(poller.waitTriggers(50ms, ec).triggers == Triggers{err});
    CHECK_FALSE(ec);
    CHECK(triggered(poller) == Channels{ChannelNumber{1}});
    CHECK(poller.waitTriggers(50ms, ec).channels == 0);
    CHECK(ec.value() == ERROR_NOT_SUPPORTED);
    RefusingCalls::broken = false;
    RefusingCalls::shutOut = polleros::invalidHandle;
    writeBytes(other.peer.get(), 1);
    CHECK(poller.waitTriggers(5s).triggers == Triggers{recv});
}

TEST_CASE("a reset is told as an error whatever was asked, and not at all to who asks for nothing") {
    polleros::Poller<polleros::backend::Wepoll> poller;
    FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(pair.ours.get(), recv));
    closeWithReset(pair.peer);
    for (const Triggers intent : {Triggers{recv}, Triggers{send}, Triggers{hangup}, recv | send | priority}) {
        channel.source().want(intent);
        CHECK(poller.waitTriggers(5s).triggers == (intent | err));
    }
    channel.source().want({});
    CHECK(poller.waitTriggers(20ms).timedOut);
}

TEST_CASE("what is no open socket is refused at attach, though Wine's wepoll would take it") {
    polleros::Poller<polleros::backend::Wepoll> poller;
    std::error_code ec;
    const HANDLE event =
        ::CreateEventW(nullptr, FALSE, FALSE, nullptr); // now: the number of a closed socket comes back
    Fd fd = freshTcp();
    const NativeHandle number = fd.get();
    fd.close();
    for (const Triggers intent : {Triggers{recv}, Triggers{}}) {
        CHECK(poller.attachChannel(ChannelNumber{1}, SocketSource(number, intent), ec) == nullptr);
        CHECK(ec == Errc::badHandle);
        const auto handle = reinterpret_cast<NativeHandle>(event);
        CHECK(poller.attachChannel(ChannelNumber{1}, SocketSource(handle, intent), ec) == nullptr);
        CHECK(ec == Errc::unsupportedHandle);
    }
    ::CloseHandle(event);
    CHECK(poller.size() == 0);
}

TEST_CASE("DEL comes before close: a number that is closed and opened again in a loop is never deaf") {
    polleros::Poller<polleros::backend::Wepoll> poller;
    for (int turn = 0; turn < 300; ++turn) {
        FdPair pair = makePair(PairKind::udp);
        const auto number = ChannelNumber{static_cast<std::uint64_t>(turn)};
        poller.attachChannel(number, SocketSource(pair.ours.get(), recv));
        writeBytes(pair.peer.get(), 1);
        REQUIRE(poller.waitTriggers(5s).channels == 1);
        REQUIRE(triggered(poller) == Channels{number});
        poller.deleteChannel(number);
    }
    CHECK(poller.stats().staleEvents == 0);
}

TEST_CASE("a poller whose waker outlives it ends without waiting for anybody") {
    polleros::Waker waker;
    const auto started = std::chrono::steady_clock::now();
    {
        polleros::Poller<polleros::backend::Wepoll> poller;
        waker = poller.waker();
        const FdPair pair = makePair(PairKind::tcp);
        poller.attachChannel(ChannelNumber{1}, SocketSource(pair.ours.get(), recv));
        CHECK(poller.waitTriggers(10ms).timedOut);
        poller.deleteAll();
    }
    waker.wake();
    CHECK(std::chrono::steady_clock::now() - started < 2s);
}

} // namespace polleros_test
