// SPDX-License-Identifier: MIT
// What EventSet and Dispatcher need of a poller, and anybody may use: a channel made to follow at once, found by its handle,
// and told of edges.
#include "support/bench.hpp"
#include "support/fds.hpp"

#include <polleros/socket_source.hpp>

#include <cerrno>

namespace polleros_test {

TEMPLATE_TEST_CASE("what was applied is registered when that returns", "[contract][exact]", POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const FdPair pair = makePair(PairKind::tcp);
    writeBytes(pair.peer.get(), 1);
    static_cast<void>(pollFor(pair.ours.get(), readable, 5000));
    auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), Triggers{}));
    CHECK(channel.exp().empty());

    channel.source().want(recv);
    CHECK(channel.exp().empty());
    CHECK_FALSE(poller.apply(channel));
    CHECK(channel.exp() == polleros::Interest(polleros::InterestFlag::read));
    const auto before = TestCalls::counts();
    CHECK_FALSE(poller.apply(ChannelNumber{1})); // nothing to do, and nothing done
    CHECK((TestCalls::counts() - before).total() == 0);
    CHECK(poller.waitTriggers(5s).channels == 1);
    CHECK(channel.act() == Triggers{recv});

    channel.source().want(recv | send);
    const auto unchanged = TestCalls::counts();
    CHECK_FALSE(poller.apply(channel));
    if (TestType::countsChanges) {
        const Call made = TestType::isKqueue ? Call::keventChange : Call::epollModify;
        CHECK((TestCalls::counts() - unchanged)[made] == 1);
    }
    CHECK(channel.exp() == (polleros::InterestFlag::read | polleros::InterestFlag::write));

    channel.source().want({});
    CHECK_FALSE(poller.apply(channel.ref()));
    CHECK(channel.exp().empty());
    CHECK(poller.waitTriggers(Timeout::immediately()).channels == 0);
    CHECK(poller.apply(ChannelNumber{2}) == Errc::notFound);
}

TEMPLATE_TEST_CASE("work that was applied is told by the next wait, and by no other once that is applied", "[contract]",
                   POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), recv));
    channel.source().want(recv | work);
    CHECK_FALSE(poller.apply(channel));
    for (int turn = 0; turn < 2; ++turn) {
        CHECK(poller.waitTriggers(Timeout::immediately()).triggers == Triggers{work});
    }
    channel.source().want(recv);
    CHECK_FALSE(poller.apply(channel));
    CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
}

TEMPLATE_TEST_CASE("who is marked for deletion follows no more", "[contract]", POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), recv));
    channel.source().want(send);
    channel.markForDeletion();
    CHECK_FALSE(poller.apply(channel));
    CHECK(channel.exp() == polleros::Interest(polleros::InterestFlag::read));
    CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
    CHECK(channel.exp().empty());
}

TEMPLATE_TEST_CASE("what cannot be applied is said at once, and told by the next wait, once", "[contract]",
                   POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const bool edges = TestType::Mechanism::capabilities().has(polleros::Capability::edge);
    if (edges && TestType::Mechanism::capabilities().has(polleros::Capability::priority)) {
        GATE(TestType::name(), "there is nothing that it cannot watch");
    }
    const FdPair pair = makePair(PairKind::tcp);
    auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), send));
    channel.source().want(edges ? priority | send : edge | send);
    CHECK(poller.apply(channel) == Errc::unsupportedTrigger);
    int told = 0;
    for (int turn = 0; turn < 3; ++turn) {
        poller.waitTriggers(Timeout::immediately());
        for (const auto& failed : poller.triggered()) {
            CHECK(failed.act() == Triggers{err});
            CHECK(failed.error() == Errc::unsupportedTrigger);
            ++told;
        }
    }
    CHECK(told == 1);
    channel.source().want(send);
    CHECK_FALSE(poller.apply(channel));
    CHECK(poller.waitTriggers(5s).triggers == Triggers{send});
}

TEMPLATE_TEST_CASE("what the system refuses to apply is said at once, told once, and leaves nothing registered",
                   "[contract][exact]", POLLEROS_REAL_BACKENDS) {
    if constexpr (!TestType::countsChanges) {
        GATE(TestType::name(), "nothing is registered before a wait: nothing can be refused");
    } else {
        polleros::Poller<typename TestType::Backend> poller;
        const FdPair pair = makePair(PairKind::tcp);
        const FdPair other = makePair(PairKind::tcp);
        const bool isAdded = GENERATE(false, true);
        const Triggers before = isAdded ? Triggers{} : Triggers{recv};
        auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), before));
        auto& neighbour = poller.attachChannel(ChannelNumber{2}, polleros::SocketSource(other.ours.get(), recv));
        channel.source().want(recv | send);
        if constexpr (TestType::isKqueue) { // whose removal is still to be made, before the other's change
            neighbour.source().want({});
            const Faults<TestCalls> faults({{.call = Call::keventChange, .error = nativeCode(ENOMEM)}});
            CHECK(poller.apply(neighbour).value() == nativeCode(ENOMEM));
        }
        neighbour.source().want(send);
        {
            const Call asked = TestType::isKqueue ? Call::keventAdd : isAdded ? Call::epollAdd : Call::epollModify;
            const std::size_t last = TestType::isKqueue && isAdded ? 2 : 1; // of two filters
            const Faults<TestCalls> faults(
                {{.call = asked, .handle = pair.ours.get(), .nth = last, .error = nativeCode(EIO)}});
            CHECK(poller.apply(channel).value() == nativeCode(EIO));
            CHECK(faults.hits() == 1);
        }
        CHECK(channel.exp().empty());
        CHECK(channel.error().value() == nativeCode(EIO));
        writeBytes(pair.peer.get(), 1);
        int told = 0;
        for (int turn = 0; turn < 3; ++turn) {
            poller.waitTriggers(5s);
            CHECK(neighbour.exp() == polleros::Interest(polleros::InterestFlag::write));
            for (const auto& reported : poller.triggered()) {
                const bool isFailed = reported.number() == ChannelNumber{1};
                CHECK(reported.act() == (isFailed ? Triggers{err} : Triggers{send}));
                told += isFailed ? 1 : 0;
            }
        }
        CHECK(told == 1);
        CHECK(neighbour.act() == Triggers{send}); // of the last wait
        channel.source().want(recv);
        CHECK_FALSE(poller.apply(channel));
        CHECK_FALSE(channel.error());
        poller.waitTriggers(5s);
        CHECK(channel.act() == Triggers{recv});
    }
}

TEMPLATE_TEST_CASE("a removal that the system refuses is said at once, and made in silence by the next wait",
                   "[contract]", POLLEROS_REAL_BACKENDS) {
    if constexpr (!TestType::isKqueue) {
        GATE(TestType::name(), "a removal cannot be refused");
    } else {
        polleros::Poller<typename TestType::Backend> poller;
        const FdPair pair = makePair(PairKind::tcp);
        writeBytes(pair.peer.get(), 1);
        auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), recv));
        channel.source().want({});
        {
            const Faults<TestCalls> faults({{.call = Call::keventChange, .error = nativeCode(ENOMEM)}});
            CHECK(poller.apply(channel).value() == nativeCode(ENOMEM));
        }
        CHECK(channel.exp().empty());
        CHECK_FALSE(channel.error());
        const auto before = TestCalls::counts();
        CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
        CHECK((TestCalls::counts() - before)[Call::keventDelete] == 1);
        CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
        channel.source().want(recv);
        CHECK_FALSE(poller.apply(channel));
        CHECK(poller.waitTriggers(5s).triggers == Triggers{recv});
    }
}

TEMPLATE_TEST_CASE("a channel is found by its handle for as long as it has that", "[contract]",
                   POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const FdPair pair = makePair(PairKind::tcp);
    CHECK(poller.findHandle(pair.ours.get()) == nullptr);
    CHECK(poller.findHandle(polleros::invalidHandle) == nullptr);
    auto& channel = poller.attachChannel(polleros::SocketSource(pair.ours.get(), Triggers{}));
    CHECK(poller.findHandle(pair.ours.get()) == &channel);
    CHECK(poller.findHandle(pair.peer.get()) == nullptr);
    CHECK(poller.deleteChannel(channel));
    CHECK(poller.findHandle(pair.ours.get()) == nullptr);
}

TEMPLATE_TEST_CASE("an edge is told once for each time it comes, where edges can be told", "[contract]",
                   POLLEROS_REAL_BACKENDS) {
    polleros::Poller<typename TestType::Backend> poller;
    const FdPair pair = makePair(PairKind::tcp);
    std::error_code ec;
    auto* const channel =
        poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(pair.ours.get(), recv | edge), ec);
    if (!TestType::Mechanism::capabilities().has(polleros::Capability::edge)) {
        CHECK(channel == nullptr);
        CHECK(ec == Errc::unsupportedTrigger);
        return;
    }
    REQUIRE(channel != nullptr);
    for (int turn = 0; turn < 3; ++turn) {
        writeBytes(pair.peer.get(), 1);
        CHECK(poller.waitTriggers(5s).triggers == Triggers{recv}); // `edge` itself is never reported
        CHECK(poller.waitTriggers(Timeout::immediately()).timedOut);
    }
    channel->source().want(recv);
    CHECK(poller.waitTriggers(5s).triggers == Triggers{recv});
    CHECK(poller.waitTriggers(5s).triggers == Triggers{recv});
}

} // namespace polleros_test
