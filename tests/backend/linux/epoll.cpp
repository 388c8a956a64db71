// SPDX-License-Identifier: MIT
// What only epoll does: its own system calls, their failures, its view of what is registered, registrations that outlive
// their descriptors.
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/cpu_budget.hpp"
#include "support/faulty_calls.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/kernel_view.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/epoll.hpp>
#include <polleros/poller.hpp>

#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;

namespace {

using Backend = polleros::backend::BasicEpoll<FaultyCalls>;
using Poller = polleros::Poller<Backend>;

CallCounts costOf(const std::function<void()>& action) {
    const CallCounts before = FaultyCalls::counts();
    action();
    return FaultyCalls::counts() - before;
}

} // namespace

TEST_CASE("a kernel without epoll_pwait2, or a sandbox that forbids it, is asked once, and the same wait goes on") {
    for (const int error : {ENOSYS, EPERM}) {
        Poller poller;
        const Faults<> faults({{.call = Call::epollPwait2, .times = Fault::forEver, .error = error}});
        const auto before = poller.now();
        CallCounts cost = costOf([&] { CHECK(poller.waitTriggers(3ms).timedOut); });
        CHECK(poller.now() - before >= 3ms);
        CHECK(cost[Call::epollPwait2] == 1);
        CHECK(cost[Call::epollWait] == 1);
        cost = costOf([&] { CHECK(poller.waitTriggers(100us).timedOut); });
        CHECK(cost[Call::epollPwait2] == 0);
        CHECK(cost[Call::epollWait] == 1); // rounded up, not a spin
    }
}

TEST_CASE("epoll_pwait2 is used where it is finer, epoll_wait where there is nothing to be finer about") {
    if (!Kernel::hasPwait2()) {
        GATE("epoll", "the kernel that runs has no epoll_pwait2");
    }
    Poller poller;
    polleros::Waker waker = poller.waker();
    CHECK(costOf([&] { poller.waitTriggers(Timeout::immediately()); })[Call::epollWait] == 1);
    waker.wake();
    CHECK(costOf([&] { poller.waitTriggers(Timeout::never()); })[Call::epollWait] == 1);
    CHECK(costOf([&] { poller.waitTriggers(200us); })[Call::epollPwait2] == 1);
    // Another error of it is no reason to give it up.
    {
        const Faults<> faults({{.call = Call::epollPwait2, .error = EINTR}});
        const auto cost = costOf([&] { CHECK(poller.waitTriggers(1ms).timedOut); });
        CHECK(cost[Call::epollPwait2] == 2);
        CHECK(cost[Call::epollWait] == 0);
    }
}

TEST_CASE("a wait that the kernel refuses is an error of the wait, and everything is intact") {
    for (const int error : {EBADF, EINVAL, EFAULT}) {
        Poller poller;
        const Fd event = makeNotifier(1);
        poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
        std::error_code ec;
        {
            const Faults<> faults({{.call = Call::epollWait, .error = error}});
            const auto cost = costOf([&] { poller.waitTriggers(Timeout::immediately(), ec); });
            CHECK(ec.value() == error);
            CHECK(cost.waits() == 1); // not tried again and again
        }
        CHECK(poller.waitTriggers(Timeout::immediately(), ec).channels == 1);
        CHECK_FALSE(ec);
    }
}

TEST_CASE("a thousand interruptions neither end nor lengthen a wait") {
    Poller poller;
    const Faults<> faults({{.call = Call::epollPwait2, .times = 1000, .error = EINTR}});
    const auto timeout = isTranslated() ? 500ms : 20ms; // long enough for as many
    const auto before = poller.now();
    CHECK(poller.waitTriggers(timeout).timedOut);
    CHECK(poller.now() - before >= timeout);
    CHECK(poller.now() - before < timeout + 1s);
    CHECK(faults.hits() == 1000);
}

TEST_CASE("an early end without events is gone on from") {
    Poller poller;
    const Faults<> faults({{.call = Call::epollPwait2, .times = 3, .value = 0}});
    const auto before = poller.now();
    CHECK(poller.waitTriggers(10ms).timedOut);
    CHECK(poller.now() - before >= 10ms);
    CHECK(faults.hits() == 3);
}

TEST_CASE("more events than there is room for, the waker's number out of nowhere, and events of nobody do no harm") {
    Poller poller;
    const Fd event = makeNotifier();
    auto& channel = poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
    const auto seqN = static_cast<std::uint64_t>(channel.seqN());
    const auto lie = [&](::epoll_event* events, int room) {
        const std::uint64_t data[] = {0, seqN, seqN + 1, ~std::uint64_t{0}, seqN + (std::uint64_t{1} << 40U), seqN};
        int filled = 0;
        for (; filled < room && filled < 6; ++filled) {
            events[filled].events = EPOLLIN;
            events[filled].data.u64 = data[filled];
        }
        return room + 1000;
    };
    {
        const Faults<> faults({{.call = Call::epollWait, .events = forging<::epoll_event>(lie)}});
        const auto result = poller.waitTriggers(Timeout::immediately());
        CHECK(result.channels == 1); // once, however often it is in there
        CHECK(result.triggers == Triggers{notify});
        CHECK_FALSE(result.woken);
    }
    CHECK(poller.stats().staleEvents >= 3);
    CHECK(poller.stats().rebuilds == 1);
    CHECK(poller.waitTriggers(Timeout::immediately()).channels == 0);
    CHECK(kernelView(poller.nativeHandle()).size() == 1);
    {
        polleros::Options options;
        options.initialEvents = 4;
        std::error_code ec;
        Backend backend(options, ec);
        const Faults<> faults({{.call = Call::epollWait, .events = forging<::epoll_event>(lie)}});
        CHECK(backend.wait(Timeout::immediately(), ec) == 4); // what is beyond the buffer is not told
    }
}

TEST_CASE("what is left over at a number is taken over by one MOD; a second refusal is the attach's") {
    Poller poller;
    const Fd event = makeNotifier(1);
    // A registration that the poller knows nothing of.
    ::epoll_event leftover{};
    leftover.events = EPOLLOUT;
    leftover.data.u64 = 12345;
    REQUIRE(::epoll_ctl(poller.nativeHandle(), EPOLL_CTL_ADD, event.get(), &leftover) == 0);
    {
        const Faults<> faults({{.call = Call::epollModify, .error = ENOMEM}});
        std::error_code ec;
        const auto cost =
            costOf([&] { CHECK(poller.attachChannel(SocketSource(event.get(), notify), ec) == nullptr); });
        CHECK(ec == Errc::outOfMemory);
        CHECK(cost.controls() == 2); // and no loop
    }
    const auto cost = costOf([&] { poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify)); });
    CHECK(cost[Call::epollAdd] == 1);
    CHECK(cost[Call::epollModify] == 1);
    CHECK(cost[Call::epollRemove] == 0);
    CHECK(poller.waitTriggers(Timeout::immediately()).triggers == Triggers{notify});
    CHECK(poller.stats().staleEvents == 0);
}

TEST_CASE("an empty intent at a number with a leftover leaves nothing there") {
    Poller poller;
    const Fd event = makeNotifier(1);
    ::epoll_event leftover{};
    leftover.events = EPOLLIN;
    leftover.data.u64 = 12345;
    REQUIRE(::epoll_ctl(poller.nativeHandle(), EPOLL_CTL_ADD, event.get(), &leftover) == 0);
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), {}));
    CHECK(kernelView(poller.nativeHandle()).empty());
    CHECK(poller.waitTriggers(1ms).timedOut);
}

TEST_CASE("the kernel's own view equals what the channels expect, whatever has happened to them") {
    Poller poller;
    std::mt19937 random(3);
    std::vector<Fd> fds;
    std::map<ChannelNumber, std::size_t> attached;
    for (int index = 0; index < 30; ++index) {
        fds.push_back(makeNotifier(random() % 2));
    }
    const std::vector<Triggers> intents{{}, recv, send, recv | send, hangup, priority | recv, work, notify | hangup};
    for (int turn = 0; turn < 3000; ++turn) {
        const std::size_t index = random() % fds.size();
        const ChannelNumber number{index};
        auto* const channel = poller.find(number);
        switch (random() % 6) {
        case 0:
            if (channel == nullptr) {
                poller.attachChannel(number, SocketSource(fds[index].get(), intents[random() % intents.size()]));
            }
            break;
        case 1: poller.deleteChannel(number); break;
        case 2:
            if (channel != nullptr) {
                channel->source().rebind(channel->peek().handle() == polleros::HandleRef() ? fds[index].get() : -1);
            }
            break;
        default:
            if (channel != nullptr) {
                channel->source().want(intents[random() % intents.size()]);
            }
            break;
        }
        if (random() % 3 != 0) {
            continue;
        }
        poller.waitTriggers(Timeout::immediately());
        std::set<Registered> expected;
        for (auto& each : poller.channels()) {
            if (!each.exp().empty()) {
                expected.insert(asRegistered(each.peek().handle().number, each.exp(), each.seqN()));
            }
        }
        REQUIRE(kernelView(poller.nativeHandle()) == expected);
    }
    CHECK(poller.stats().staleEvents == 0);
    CHECK(poller.stats().failedChanges == 0);
}

TEST_CASE("a registration that a duplicate keeps alive is healed by one rebuild, with all channels and the waker") {
    Poller poller;
    polleros::Waker waker = poller.waker();
    const Fd other = makeNotifier();
    poller.attachChannel(ChannelNumber{2}, SocketSource(other.get(), notify));
    Fd event = makeNotifier(1);
    const Fd duplicate(::fcntl(event.get(), F_DUPFD_CLOEXEC, 0));
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
    event.close();
    CHECK(poller.deleteChannel(ChannelNumber{1})); // too late: the number is unknown to the kernel
    const CpuBudget budget;
    const auto before = poller.now();
    const auto result = poller.waitTriggers(50ms);
    CHECK(result.timedOut);
    CHECK(result.handleReplaced);
    CHECK(result.channels == 0);
    CHECK(poller.now() - before >= 50ms);
    CHECK(poller.stats().rebuilds == 1);
    CHECK(kernelView(poller.nativeHandle()).size() == 2);
    waker.wake();
    CHECK(poller.waitTriggers(Timeout::never()).woken);
    const std::uint64_t one = 1;
    REQUIRE(::write(other.get(), &one, sizeof one) == sizeof one);
    CHECK(poller.waitTriggers(1s).channels == 1);
    CHECK_FALSE(poller.waitTriggers(Timeout::immediately()).handleReplaced);
}

TEST_CASE("while no new set can be had it is tried ever more rarely, and no wait spins or ends early", "[slow]") {
    Poller poller;
    Fd event = makeNotifier(1);
    const Fd duplicate(::fcntl(event.get(), F_DUPFD_CLOEXEC, 0));
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
    event.close();
    poller.deleteChannel(ChannelNumber{1});
    {
        const Faults<> faults({{.call = Call::epollCreate, .times = Fault::forEver, .error = EMFILE}});
        const CpuBudget budget;
        const auto before = poller.now();
        CHECK(poller.waitTriggers(300ms).timedOut);
        CHECK(poller.now() - before >= 300ms);
        CHECK(poller.stats().failedRebuilds >= 3);
        CHECK(poller.stats().failedRebuilds <= 12); // doubling, not every millisecond
        CHECK(poller.stats().rebuilds == 0);
    }
    for (int turn = 0; turn < 2000 && poller.stats().rebuilds == 0; ++turn) {
        poller.waitTriggers(Timeout::immediately());
    }
    CHECK(poller.stats().rebuilds == 1);
    CHECK(poller.waitTriggers(5ms).timedOut);
}

TEST_CASE("a channel that cannot be registered in the new set is told, the others are not harmed") {
    Poller poller;
    const Fd other = makeNotifier(1);
    const Fd unlucky = makeNotifier(1);
    poller.attachChannel(ChannelNumber{2}, SocketSource(other.get(), notify));
    poller.attachChannel(ChannelNumber{3}, SocketSource(unlucky.get(), notify));
    Fd event = makeNotifier(1);
    const Fd duplicate(::fcntl(event.get(), F_DUPFD_CLOEXEC, 0));
    poller.attachChannel(ChannelNumber{1}, SocketSource(event.get(), notify));
    event.close();
    poller.deleteChannel(ChannelNumber{1});
    const Faults<> faults({{.call = Call::epollAdd, .handle = unlucky.get(), .error = EIO}});
    std::map<ChannelNumber, Triggers> told;
    for (int turn = 0; turn < 2; ++turn) {
        poller.waitTriggers(1s);
        for (auto& channel : poller.triggered()) {
            told[channel.number()] |= channel.act();
        }
    }
    CHECK(told[ChannelNumber{2}] == Triggers{notify});
    CHECK(told[ChannelNumber{3}].has(err));
    CHECK(poller.find(ChannelNumber{3})->error().value() == EIO);
    CHECK(poller.find(ChannelNumber{3})->exp().empty());
}

} // namespace polleros_test
