// SPDX-License-Identifier: MIT
// What WSAPoll does by itself, and what is made of it.
#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/backend/poll.hpp>
#include <polleros/poller.hpp>

#include <thread>
#include <vector>

namespace polleros_test {
namespace {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;
using polleros::detail::OsCalls;
using polleros::detail::WsaPoll;

// Windows before 10 2004: WSAPoll never tells of a connect that failed. Wine always does.
struct ForgetfulCalls : OsCalls {
    static inline int selects = 0;

    static bool pollForgetsConnects() noexcept { return true; }
    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        const auto* const end = entries + count;
        int got = OsCalls::systemPoll(entries, count, milliseconds);
        bool hid = false;
        for (auto* entry = entries; entry != end; ++entry) {
            if ((entry->revents & POLLERR) != 0) {
                entry->revents = 0;
                hid = true;
                --got;
            }
        }
        if (hid && got == 0 && milliseconds > 0) {
            ::Sleep(static_cast<DWORD>(milliseconds));
        }
        return got;
    }
    static int selectFailures(::fd_set& set) noexcept {
        ++selects;
        return OsCalls::selectFailures(set);
    }
    static int poll(::WSAPOLLFD* entries, std::size_t count, Timeout timeout) noexcept {
        return WsaPoll<ForgetfulCalls>(entries, count).wait(timeout);
    }
};

// Counts what the system is asked, and refuses what real Windows refuses.
struct StrictCalls : OsCalls {
    static inline int polls = 0;

    static int systemPoll(::WSAPOLLFD* entries, std::size_t count, int milliseconds) noexcept {
        ++polls;
        for (const auto* entry = entries; entry != entries + count; ++entry) {
            if ((entry->events & ~(POLLRDNORM | POLLRDBAND | POLLWRNORM)) != 0) {
                setLastError(WSAEINVAL);
                return -1;
            }
        }
        return OsCalls::systemPoll(entries, count, milliseconds);
    }
    static int poll(::WSAPOLLFD* entries, std::size_t count, Timeout timeout) noexcept {
        return WsaPoll<StrictCalls>(entries, count).wait(timeout);
    }
};

using Poll = polleros::backend::BasicPoll<StrictCalls>;

template <class Work>
std::chrono::milliseconds timeOf(Work work) {
    const auto started = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
}

int pollOf(std::vector<::WSAPOLLFD>& entries, Timeout timeout) {
    return StrictCalls::poll(entries.data(), entries.size(), timeout);
}

} // namespace

TEST_CASE("an empty list sleeps, and so does one without a handle") {
    std::vector<::WSAPOLLFD> entries;
    CHECK(timeOf([&] { CHECK(pollOf(entries, 50ms) == 0); }) >= 50ms);
    entries.push_back({INVALID_SOCKET, POLLRDNORM, 0});
    CHECK(timeOf([&] { CHECK(pollOf(entries, 50ms) == 0); }) >= 50ms);
    CHECK(entries[0].fd == INVALID_SOCKET);
    CHECK(pollOf(entries, Timeout::immediately()) == 0);
}

TEST_CASE("a closed socket among open ones is counted, and ends the wait within a second") {
    FdPair pair = makePair(PairKind::tcp);
    const Fd open = freshTcp();
    std::vector<::WSAPOLLFD> entries{{open.get(), POLLRDNORM, 0}, {pair.ours.get(), POLLRDNORM, 0}};
    pair.ours.close();
    CHECK(pollOf(entries, Timeout::immediately()) == 1);
    CHECK(entries[0].revents == 0);
    CHECK(entries[1].revents == POLLNVAL);
    CHECK(timeOf([&] { CHECK(pollOf(entries, Timeout::never()) == 1); }) <= 1500ms);

    std::vector<::WSAPOLLFD> allClosed{entries[1]};
    CHECK(pollOf(allClosed, Timeout::never()) == 1);
    CHECK(allClosed[0].revents == POLLNVAL);
}

TEST_CASE("the end of the peer's stream is told to who reads or waits for it, and to nobody else") {
    FdPair pair = makePair(PairKind::tcp);
    fillSend(pair.ours.get());
    halfClose(pair.peer.get());
    std::vector<::WSAPOLLFD> entries{{pair.ours.get(), POLLRDNORM, 0}};
    CHECK(pollOf(entries, 5s) == 1);
    CHECK(entries[0].revents == POLLRDBAND);
    entries[0].events = POLLRDBAND;
    CHECK(pollOf(entries, 5s) == 1);
    CHECK(entries[0].revents == POLLRDBAND);

    entries[0].events = POLLWRNORM; // for which there is no room
    StrictCalls::polls = 0;
    CHECK(timeOf([&] { CHECK(pollOf(entries, 200ms) == 0); }) >= 200ms);
    CHECK(StrictCalls::polls <= 50);
    CHECK(entries[0].fd == pair.ours.get());
    std::thread peer([&] {
        std::this_thread::sleep_for(50ms);
        readAll(pair.peer.get());
    });
    CHECK(timeOf([&] { CHECK(pollOf(entries, 5s) == 1); }) < 2s);
    CHECK((entries[0].revents & POLLWRNORM) != 0);
    peer.join();
}

TEST_CASE("others are heard while one is left out") {
    FdPair full = makePair(PairKind::tcp);
    fillSend(full.ours.get());
    halfClose(full.peer.get());
    FdPair other = makePair(PairKind::tcp);
    std::vector<::WSAPOLLFD> entries{{full.ours.get(), POLLWRNORM, 0}, {other.ours.get(), POLLRDNORM, 0}};
    CHECK(pollOf(entries, 30ms) == 0);
    std::thread peer([&] {
        std::this_thread::sleep_for(50ms);
        writeBytes(other.peer.get(), 1);
    });
    CHECK(timeOf([&] { CHECK(pollOf(entries, 5s) == 1); }) < 2s);
    CHECK(entries[0].revents == 0);
    CHECK(entries[1].revents == POLLRDNORM);
    CHECK(entries[0].fd == full.ours.get());
    peer.join();
}

TEST_CASE("urgent data that nobody can ask for neither is told nor spins") {
    FdPair pair = makePair(PairKind::tcp);
    sendUrgent(pair.peer.get());
    for (const short events : {short{POLLRDNORM}, short{POLLRDBAND}}) {
        std::vector<::WSAPOLLFD> entries{{pair.ours.get(), events, 0}};
        StrictCalls::polls = 0;
        CHECK(timeOf([&] { CHECK(pollOf(entries, 100ms) == 0); }) >= 100ms);
        CHECK(StrictCalls::polls <= 30);
    }
}

TEST_CASE("a reset is an error, with a hang-up") {
    FdPair pair = makePair(PairKind::tcp);
    closeWithReset(pair.peer);
    std::vector<::WSAPOLLFD> entries{{pair.ours.get(), POLLRDNORM, 0}};
    CHECK(pollOf(entries, 5s) == 1);
    CHECK(entries[0].revents == (POLLERR | POLLHUP));
}

TEST_CASE("nothing is asked for that Windows would refuse to watch") {
    polleros::Poller<Poll> poller;
    FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(pair.ours.get(), {}));
    for (const Triggers intent : {Triggers{recv}, Triggers{send}, Triggers{hangup}, recv | send | hangup | accept}) {
        channel.source().want(intent);
        std::error_code ec;
        poller.waitTriggers(Timeout::immediately(), ec);
        CHECK_FALSE(ec);
    }
    channel.source().want(recv | priority);
    CHECK(poller.waitTriggers(1s).triggers == Triggers{err});
    CHECK(channel.error() == Errc::unsupportedTrigger);
}

TEST_CASE("a connect that was refused is told within five seconds where WSAPoll forgets it, and by every wait after") {
    polleros::Poller<polleros::backend::BasicPoll<ForgetfulCalls>> poller;
    const Fd fd = connectTcp(deadPort());
    poller.attachChannel(ChannelNumber{1}, SocketSource(fd.get(), polleros::Triggers{polleros::Trigger::connect}));
    const auto waited = timeOf([&] { CHECK(poller.waitTriggers(10s).triggers == (polleros::Trigger::connect | err)); });
    CHECK(waited < 5s);
    CHECK(poller.waitTriggers(Timeout::immediately()).triggers == (polleros::Trigger::connect | err));
    CHECK(timeOf([&] { CHECK(poller.waitTriggers(10s).channels == 1); }) < 500ms);
    CHECK(takeSocketError(fd.get()) == WSAECONNREFUSED); // it was left to us
}

TEST_CASE("who asks select finds no failed connect in urgent data, and does not ask for who only reads") {
    polleros::Poller<polleros::backend::BasicPoll<ForgetfulCalls>> poller;
    FdPair pair = makePair(PairKind::tcp);
    sendUrgent(pair.peer.get());
    fillSend(pair.ours.get());
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(pair.ours.get(), recv));
    ForgetfulCalls::selects = 0;
    CHECK(poller.waitTriggers(30ms).timedOut);
    CHECK(ForgetfulCalls::selects == 0);
    channel.source().want(send);
    CHECK(poller.waitTriggers(30ms).timedOut);
    CHECK(ForgetfulCalls::selects > 0);
    CHECK(poller.stats().staleEvents == 0);
}

TEST_CASE("failed connects are found among more sockets than select takes at once") {
    polleros::Poller<polleros::backend::BasicPoll<ForgetfulCalls>> poller;
    std::vector<Fd> fds; // neither connected nor connecting: silent
    for (unsigned index = 0; index < FD_SETSIZE + 10; ++index) {
        fds.push_back(freshTcp());
        poller.attachChannel(ChannelNumber{index}, SocketSource(fds.back().get(), send));
    }
    const Fd fd = connectTcp(deadPort());
    poller.attachChannel(ChannelNumber{1000}, SocketSource(fd.get(), send));
    CHECK(poller.waitTriggers(10s).channels == 1);
    for (auto& reported : poller.triggered()) {
        CHECK(reported.number() == ChannelNumber{1000});
    }
}

TEST_CASE("a closed handle and one that is no socket are told apart") {
    polleros::Poller<Poll> poller;
    std::error_code ec;
    const HANDLE event =
        ::CreateEventW(nullptr, FALSE, FALSE, nullptr); // now: the number of a closed socket comes back
    Fd fd = freshTcp();
    const NativeHandle number = fd.get();
    fd.close();
    CHECK(poller.attachChannel(ChannelNumber{1}, SocketSource(number, recv), ec) == nullptr);
    CHECK(ec == Errc::badHandle);
    CHECK(poller.attachChannel(ChannelNumber{1}, SocketSource(reinterpret_cast<NativeHandle>(event), recv), ec) ==
          nullptr);
    CHECK(ec == Errc::unsupportedHandle);
    CHECK(ec.value() == WSAENOTSOCK);
    ::CloseHandle(event);
}

} // namespace polleros_test
