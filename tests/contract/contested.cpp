// SPDX-License-Identifier: MIT
// Several channels and one handle number: whose it is, who is told so, and who is heard in the end.
#include "support/bench.hpp"

namespace polleros_test {

TEMPLATE_TEST_CASE("C15 an owner that pauses without a handle while another has the number is heard when it resumes",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    for (const bool waitsBetween : {false, true}) {
        CAPTURE(waitsBetween);
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        auto& owner = bench.attach(1, ends, recv);
        bench.wait();
        owner.source().at.number = polleros::invalidHandle;
        bench.attach(2, ends, recv);
        if (waitsBetween) {
            bench.wait();
        }
        CHECK(bench.poller.deleteChannel(ChannelNumber{2}));
        owner.source().at.number = ends->handle();
        ends->peerWrite(1);
        CHECK(bench.only(1, 1s) == Triggers{recv});
        CHECK_FALSE(owner.error());
        CHECK(owner.exp() == polleros::interestOf(recv));
        CHECK(bench.world.registered().value_or(1) == 1);
        bench.world.resetCounts();
        CHECK(bench.only(1) == Triggers{recv});
        CHECK(bench.world.changes() == 0);
    }
}

TEMPLATE_TEST_CASE("C15 an owner that pauses while the attach of another fails is heard when it resumes", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& owner = bench.attach(1, ends, recv);
    bench.wait();
    owner.source().at.number = polleros::invalidHandle;
    {
        const Faults<TestCalls> faults(
            {{.call = TestType::isEpoll ? Call::epollAdd : Kernel::judge, .error = nativeCode(ENOSPC)}});
        CHECK(bench.refusal(2, ends->handle(), recv).value() == nativeCode(ENOSPC));
        CHECK(faults.hits() == 1);
    }
    owner.source().at.number = ends->handle();
    ends->peerWrite(1);
    CHECK(bench.only(1, 1s) == Triggers{recv});
    CHECK_FALSE(owner.error());
}

TEMPLATE_TEST_CASE("C15 of three that want one number one has it, and the others when it is free", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    ends->peerWrite(1);
    bench.attach(1, ends, recv);
    bench.attach(2, {polleros::invalidHandle, recv});
    bench.attach(3, {polleros::invalidHandle, recv});
    CHECK(bench.sweep() == Told{{1, recv}});
    for (const std::uint64_t number : {std::uint64_t{2}, std::uint64_t{3}}) {
        bench.channel(number).source().at.number = ends->handle();
    }
    CHECK(bench.refusal(4, ends->handle(), recv) == Errc::alreadyAttached);
    CHECK(bench.sweep() == Told{{1, recv}, {2, err}, {3, err}});
    CHECK(bench.channel(2).error() == Errc::alreadyAttached);
    CHECK(bench.channel(3).error() == Errc::alreadyAttached);
    CHECK(bench.sweep() == Told{{1, recv}}); // told once

    for (const std::uint64_t leaves : {std::uint64_t{1}, std::uint64_t{2}}) {
        bench.channel(leaves).source().at.number = polleros::invalidHandle;
        bench.channel(leaves + 1).touch();
        CHECK(bench.sweep() == Told{{leaves + 1, recv}});
        CHECK_FALSE(bench.channel(leaves + 1).error());
        CHECK(bench.world.registered().value_or(1) == 1);
    }
}

TEMPLATE_TEST_CASE("C15 a number that goes from hand to hand in one pass is the last one's, whoever is asked first",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    for (const bool upwards : {true, false}) {
        CAPTURE(upwards);
        Bench<TestType> bench(Variants::few);
        std::vector<EndsPtr> ends;
        for (std::uint64_t number = 1; number <= 3; ++number) {
            ends.push_back(bench.world.ends());
            bench.attach(number, ends.back(), recv);
        }
        bench.wait();
        for (std::uint64_t number = 1; number <= 3; ++number) { // everybody takes the next one's
            const std::size_t next = upwards ? number % 3 : (number + 1) % 3;
            bench.channel(number).source().at.number = ends[next]->handle();
        }
        for (std::uint64_t number = 1; number <= 3; ++number) {
            const std::size_t next = upwards ? number % 3 : (number + 1) % 3;
            ends[next]->peerWrite(1);
            CHECK(bench.sweep() == Told{{number, recv}});
            ends[next]->readAll();
            CHECK_FALSE(bench.channel(number).error());
        }
        CHECK(bench.world.registered().value_or(3) == 3);
    }
}

TEMPLATE_TEST_CASE("C15 who loses its number to one asked later is told in the same wait, and its work counts once",
                   "[contract][exact]", POLLEROS_REAL_SETTINGS) {
    if constexpr (!TestType::Mechanism::capabilities().has(polleros::Capability::tellsDuplicates)) {
        GATE(TestType::name(), "the kernel cannot tell that a registered number was closed and opened again");
    }
    Bench<TestType> bench(Variants::few);
    const EndsPtr before = bench.world.ends();
    const EndsPtr after = bench.world.ends();
    bench.attach(1, before, recv | work);
    bench.attach(2, {polleros::invalidHandle, recv});
    bench.attach(3, {polleros::invalidHandle, work});
    bench.wait();
    bench.wait();
    const std::uint64_t repeated = bench.poller.stats().repeatedWork;
    const auto number = before->handle();
    before->close(); // without a word to the poller
    after->renumber(number);
    after->peerWrite(1);
    bench.channel(1).touch();
    bench.channel(2).source().at.number = number;
    const auto result = bench.wait();
    Told told;
    std::size_t reports = 0;
    for (auto& channel : bench.poller.triggered()) {
        told[static_cast<std::uint64_t>(channel.number())] |= channel.act();
        ++reports;
    }
    CHECK(result.channels == reports);
    CHECK(told[1] == (err | work));
    CHECK(told[3] == Triggers{work});
    CHECK(bench.channel(1).error() == Errc::badHandle);
    CHECK(bench.poller.stats().repeatedWork - repeated == 2); // of 1 and of 3
    bench.want(1, {});
    bench.want(3, {});
    CHECK(bench.sweep() == Told{{2, recv}});
}

} // namespace polleros_test
