// SPDX-License-Identifier: MIT
// A handle number is no identity: sources whose handle is another one by now, with the same number or another.
#include "support/bench.hpp"

namespace polleros_test {

namespace {

// The ends take the number that the other ones had, as a socket does that is opened when another was just closed.
void inherit(const EndsPtr& ends, const EndsPtr& from) {
    const auto number = from->handle();
    from->close();
    ends->renumber(number);
}

} // namespace

TEMPLATE_TEST_CASE("N1 a source that reconnects and gets the same number is heard at the next wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    for (const bool says : {true, false}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr before = bench.world.ends();
        const EndsPtr after = bench.world.ends();
        auto& channel = bench.attach(1, {polleros::HandleRef(before->handle(), 1), recv});
        bench.wait();
        const auto ref = channel.ref();
        const polleros::SeqN seqN = channel.seqN();
        inherit(after, before);
        after->peerWrite(1);
        if (says) {
            channel.handleReplaced(); // for bare numbers
        } else {
            channel.source().at.version = 2; // a socket says so itself
        }
        CHECK(bench.only(1, 1s) == Triggers{recv});
        CHECK(channel.seqN() > seqN);
        CHECK(channel.number() == ChannelNumber{1});
        CHECK(bench.poller.find(seqN) == nullptr);
        CHECK(bench.poller.find(channel.seqN()) == &channel);
        CHECK(static_cast<bool>(ref));
        CHECK(&ref.channel() == &channel);
        CHECK_FALSE(channel.error());
        CHECK(bench.only(1) == Triggers{recv}); // level
        bench.world.resetCounts();
        bench.wait();
        CHECK(bench.world.changes() == 0); // and once only
    }
}

TEMPLATE_TEST_CASE("N1 a reconnect with another intent and another number is one forget and one add",
                   "[contract][exact]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr before = bench.world.ends();
    const EndsPtr after = bench.world.ends();
    bench.attach(1, before, recv);
    bench.wait();
    bench.world.resetCounts();
    bench.channel(1).source().at = after->handle();
    bench.want(1, send);
    CHECK(bench.only(1) == Triggers{send});
    if constexpr (TestType::countsChanges) {
        CHECK(bench.world.adds() == 1);
        CHECK(bench.world.removes() == 1); // the old one was open still
        CHECK(bench.world.modifies() == 0);
    }
    before->peerWrite(1);
    CHECK(bench.only(1) == Triggers{send});
    bench.attach(2, before, recv); // free for others
    CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{1, send}, {2, recv}});
}

TEMPLATE_TEST_CASE("N2 forgetting late leaves the number's new owner alone", "[contract]", POLLEROS_TEST_SETTINGS) {
    for (const bool wakesBetween : {false, true}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr oldOfA = bench.world.ends();
        const EndsPtr newOfA = bench.world.ends();
        const EndsPtr ofB = bench.world.ends();
        auto& a = bench.attach(1, oldOfA, recv);
        bench.wait();
        a.source().at = newOfA->handle(); // A has moved on: nobody has looked yet
        inherit(ofB, oldOfA);
        bench.attach(2, ofB, recv);
        if (wakesBetween) {
            bench.wait();
        }
        ofB->peerWrite(1);
        newOfA->peerWrite(1);
        CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{1, recv}, {2, recv}});
        CHECK_FALSE(a.error());
        CHECK(bench.world.registered().value_or(2) == 2);
    }
}

TEMPLATE_TEST_CASE("N2 two sources that swap their handles are each heard by the other's", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv);
    bench.attach(2, other, recv);
    bench.wait();
    bench.channel(1).source().at = other->handle();
    bench.channel(2).source().at = one->handle();
    one->peerWrite(1);
    CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{2, recv}});
    one->readAll();
    other->peerWrite(1);
    CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{1, recv}});
    CHECK_FALSE(bench.channel(1).error());
    CHECK_FALSE(bench.channel(2).error());
}

TEMPLATE_TEST_CASE(
    "N3 a number attached anew was closed behind the library's back: the new channel lives, the old one is told once",
    "[contract][exact][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr before = bench.world.ends();
    const EndsPtr after = bench.world.ends();
    auto& old = bench.attach(1, before, recv);
    bench.wait();
    inherit(after, before); // without a word to the poller
    if constexpr (!TestType::Mechanism::capabilities().has(polleros::Capability::tellsDuplicates)) {
        GATE(TestType::name(), "the kernel cannot tell that a registered number was closed and opened again");
    }
    bench.attach(2, after, recv);
    after->peerWrite(1);
    std::map<std::uint64_t, std::vector<Triggers>> told;
    for (int turn = 0; turn < 4; ++turn) {
        for (const Report& report : bench.next()) {
            told[report.number].push_back(report.act);
            CHECK((report.number == 2 || report.error == Errc::badHandle));
        }
    }
    CHECK(told[1] == std::vector<Triggers>{err});
    CHECK(told[2].size() >= 3);
    CHECK(old.error() == Errc::badHandle);
    // The old one never touches the number again: not by a change of mind, not when it dies.
    bench.want(1, {});
    CHECK(bench.only(2) == Triggers{recv});
    CHECK(bench.poller.deleteChannel(ChannelNumber{1}));
    CHECK(bench.only(2) == Triggers{recv});
    after->readAll();
    bench.checkQuiet(20ms);
}

TEMPLATE_TEST_CASE("N4 a leftover of nobody's at a number is taken over by one change", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (!TestType::callsToChange ||
                  !TestType::Mechanism::capabilities().has(polleros::Capability::tellsDuplicates)) {
        GATE(TestType::name(), "the kernel keeps nothing of a handle that was closed");
    }
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const auto number = ends->handle();
    const auto spare = bench.world.spareNumber();
    bench.attach(1, ends, recv);
    bench.wait();
    // Its number is closed while it is deleted, and then the same open file is back at it: the kernel has kept it.
    ends->renumber(spare);
    CHECK(bench.poller.deleteChannel(ChannelNumber{1})); // knows the number only, which is not open
    ends->renumber(number);
    bench.world.resetCounts();
    bench.attach(2, ends, send);
    CHECK(bench.world.adds() == 1); // found EEXIST
    if constexpr (TestType::real) {
        CHECK(bench.world.modifies() == 1);
        CHECK(bench.world.removes() == 0);
    }
    ends->peerWrite(1);
    CHECK(bench.only(2) == Triggers{send}); // its own interest, under its own number
    CHECK(bench.world.registered().value_or(1) == 1);
}

TEMPLATE_TEST_CASE("N16 an old file kept alive by a duplicate is healed, and never credited to the new one",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr before = bench.world.ends();
    const EndsPtr after = bench.world.ends();
    auto& channel = bench.attach(1, {polleros::HandleRef(before->handle(), 1), recv});
    bench.wait();
    before->peerWrite(1); // the old file will be readable for ever
    static_cast<void>(before->duplicate());
    inherit(after, before);
    channel.source().at.version = 2;
    bench.checkQuiet(30ms);
    CHECK(bench.poller.stats().rebuilds <= 1);
    after->peerWrite(1);
    CHECK(bench.only(1, 1s) == Triggers{recv});
    after->readAll();
    bench.checkQuiet(30ms);
    before->closeDuplicate();
    CHECK(bench.world.registered().value_or(1) == 1);
}

TEMPLATE_TEST_CASE("N17 a handle that comes or goes with an equal intent is registered at the next wait", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    one->peerWrite(1);
    other->peerWrite(2);
    auto& channel = bench.attach(1, {polleros::invalidHandle, recv});
    CHECK(bench.next().empty());
    CHECK(channel.exp().empty());
    channel.source().at = one->handle();
    CHECK(bench.only(1) == Triggers{recv});
    channel.source().at = other->handle();
    CHECK(bench.only(1) == Triggers{recv});
    other->readAll();
    CHECK(bench.next().empty());
    channel.source().at = polleros::invalidHandle;
    other->peerWrite(1);
    CHECK(bench.next().empty());
    CHECK(channel.exp().empty());
    CHECK(bench.world.registered().value_or(0) == 0);
    bench.attach(2, one, recv);
    bench.attach(3, other, recv);
    CHECK(bench.sweep() == std::map<std::uint64_t, Triggers>{{2, recv}, {3, recv}});
}

TEMPLATE_TEST_CASE("N17 a first handle that is closed or cannot be waited for is told once", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr taken = bench.world.ends();
    bench.attach(1, taken, recv);
    for (const Triggers intent : {Triggers{recv}, Triggers{send}}) {
        for (const bool mine : {true, false}) {
            bench.attach(2, {polleros::invalidHandle, intent});
            bench.channel(2).source().at = mine ? bench.world.closedHandle() : taken->handle();
            const auto reports = bench.next(1s);
            REQUIRE(reports.size() == 1);
            CHECK(reports[0].number == 2);
            CHECK(reports[0].act == Triggers{err});
            CHECK(reports[0].error == (mine ? Errc::badHandle : Errc::alreadyAttached));
            bench.checkQuiet(10ms);
            CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
        }
    }
    taken->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv}); // undisturbed
}

TEMPLATE_TEST_CASE("N31 a handler that replaces another's handle takes the old handle's bits away", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 1; number <= 2; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends()), recv | work);
        ends.back()->peerWrite(1);
    }
    const EndsPtr fresh = bench.world.ends();
    bench.wait();
    std::vector<Triggers> told;
    for (auto& channel : bench.poller.triggered()) {
        if (told.empty()) {
            bench.channel(3 - static_cast<std::uint64_t>(channel.number())).source().at = fresh->handle();
        }
        told.push_back(channel.act());
    }
    REQUIRE(told.size() == 2);
    CHECK(told[1] == Triggers{work}); // the kernel's bits are gone, what needs no kernel is not
    bench.wait();
    told.clear();
    for (auto& channel : bench.poller.triggered()) {
        if (told.empty()) {
            bench.channel(3 - static_cast<std::uint64_t>(channel.number())).handleReplaced();
        }
        told.push_back(channel.act() & (recv | err));
    }
    REQUIRE(told.size() == 2);
    CHECK(told[1].empty());
}

} // namespace polleros_test
