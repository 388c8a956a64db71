// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <polleros/interest.hpp>

namespace polleros_test {

using polleros::activityOf;
using polleros::Interest;
using polleros::InterestFlag;
using polleros::interestOf;
using polleros::kernelTriggers;
using polleros::Readiness;
using polleros::ReadyFlag;
using polleros::Triggers;
using enum polleros::Trigger;

namespace {
template <class Check>
void forEveryIntent(Check check) {
    for (unsigned bits = 0; bits <= 0x7FF; ++bits) {
        check(Triggers::fromBits(static_cast<Triggers::Bits>(bits)));
    }
}
template <class Check>
void forEveryReadiness(Check check) {
    for (unsigned bits = 0; bits <= 0x3F; ++bits) {
        check(Readiness::fromBits(static_cast<Readiness::Bits>(bits)));
    }
}
} // namespace

TEST_CASE("each kernel trigger asks for the one thing it needs") {
    for (const auto trigger : {recv, accept, notify}) {
        CHECK(interestOf(trigger) == Interest{InterestFlag::read});
    }
    for (const auto trigger : {send, connect}) {
        CHECK(interestOf(trigger) == Interest{InterestFlag::write});
    }
    STATIC_REQUIRE(interestOf(priority) == Interest{InterestFlag::priority});
    STATIC_REQUIRE(interestOf(hangup) == Interest{InterestFlag::hangup});
    STATIC_REQUIRE(interestOf(recv | send | hangup) ==
                   Interest{InterestFlag::read, InterestFlag::write, InterestFlag::hangup});
}

TEST_CASE("what no kernel understands asks for nothing") {
    STATIC_REQUIRE(interestOf({}).empty());
    STATIC_REQUIRE(interestOf(work | err | timeout).empty());
}

TEST_CASE("only an intent that says so asks for edges, and only of what it asks for") {
    forEveryIntent([](Triggers intent) {
        const bool asks = intent.has(edge) && !(intent & kernelTriggers).empty();
        REQUIRE(interestOf(intent).has(InterestFlag::edge) == asks);
    });
}

TEST_CASE("an interest is empty exactly if the intent holds no kernel trigger") {
    forEveryIntent([](Triggers intent) { REQUIRE(interestOf(intent).empty() == (intent & kernelTriggers).empty()); });
}

TEST_CASE("nothing is told that was not asked for, but err") {
    forEveryIntent([](Triggers intent) {
        forEveryReadiness([&](Readiness ready) {
            const Triggers told = activityOf(intent, ready);
            REQUIRE((told - err - (intent & kernelTriggers)).empty());
            REQUIRE_FALSE(told.has(work | timeout));
        });
    });
}

TEST_CASE("err is told if and only if the kernel says error and something of the kernel was asked") {
    forEveryIntent([](Triggers intent) {
        forEveryReadiness([&](Readiness ready) {
            const bool expected = ready.has(ReadyFlag::error) && !(intent & kernelTriggers).empty();
            REQUIRE(activityOf(intent, ready).has(err) == expected);
        });
    });
}

TEST_CASE("after an error or a full hang-up everything asked is told") {
    forEveryIntent([](Triggers intent) {
        for (const auto flag : {ReadyFlag::error, ReadyFlag::hangup}) {
            REQUIRE((activityOf(intent, flag) - err) == (intent & kernelTriggers));
        }
    });
}

TEST_CASE("a kernel that says nothing tells nothing") {
    forEveryIntent([](Triggers intent) { REQUIRE(activityOf(intent, {}).empty()); });
}

TEST_CASE("the end of the peer's stream is something to read, never to write and never an error") {
    STATIC_REQUIRE(activityOf(recv | send, ReadyFlag::readEnd) == Triggers{recv});
    STATIC_REQUIRE(activityOf(recv | send | hangup, ReadyFlag::readEnd) == (recv | hangup));
    STATIC_REQUIRE(activityOf(hangup, ReadyFlag::readEnd) == Triggers{hangup});
    STATIC_REQUIRE(activityOf(send, ReadyFlag::readEnd).empty());
    STATIC_REQUIRE(activityOf(recv | send, ReadyFlag::readEnd | ReadyFlag::write) == (recv | send));
}

TEST_CASE("hangup is not told for data alone") {
    STATIC_REQUIRE(activityOf(hangup, ReadyFlag::read).empty());
    STATIC_REQUIRE(activityOf(recv | hangup, ReadyFlag::read) == Triggers{recv});
    STATIC_REQUIRE(activityOf(recv | hangup, ReadyFlag::read | ReadyFlag::write) == Triggers{recv});
}

TEST_CASE("urgent data is priority and nothing else") {
    STATIC_REQUIRE(activityOf(kernelTriggers, ReadyFlag::priority) == Triggers{priority});
    STATIC_REQUIRE(activityOf(recv | send, ReadyFlag::priority).empty());
}

TEST_CASE("every flag that an interest arms can be told") {
    // An armed bit that no answer maps to would make waits that return at once with nothing to report.
    STATIC_REQUIRE(activityOf(recv, ReadyFlag::read) == Triggers{recv});
    STATIC_REQUIRE(activityOf(accept, ReadyFlag::read) == Triggers{accept});
    STATIC_REQUIRE(activityOf(notify, ReadyFlag::read) == Triggers{notify});
    STATIC_REQUIRE(activityOf(send, ReadyFlag::write) == Triggers{send});
    STATIC_REQUIRE(activityOf(connect, ReadyFlag::write) == Triggers{connect});
    STATIC_REQUIRE(activityOf(priority, ReadyFlag::priority) == Triggers{priority});
    STATIC_REQUIRE(activityOf(hangup, ReadyFlag::readEnd) == Triggers{hangup});
}

} // namespace polleros_test
