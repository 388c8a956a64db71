// SPDX-License-Identifier: MIT
// C16 where time is the test's: registrations that the process has forgotten, and a kernel that gives no new set.
#include "support/catch.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/poller.hpp>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::backend::Scripted;
using Poller = polleros::Poller<Scripted>;

namespace {

// A registration at a file that only a duplicate keeps open, and that is ready for ever.
void forget(Poller& poller) {
    auto& kernel = poller.backend().kernel();
    const auto handle = kernel.openHandle(polleros::ReadyFlag::read);
    poller.attachChannel(ChannelNumber{99}, polleros::SocketSource(handle, recv));
    static_cast<void>(kernel.duplicate(handle));
    kernel.close(handle);
    poller.deleteChannel(ChannelNumber{99});
}

} // namespace

TEST_CASE("C16 while a new set is refused, a wait lasts as long as it should, and is tried ever more rarely") {
    Poller poller;
    forget(poller);
    poller.backend().fail(Scripted::Call::renew, EMFILE, 1, Scripted::always);
    const auto before = poller.now();
    CHECK(poller.waitTriggers(500ms).timedOut);
    CHECK(poller.now() - before >= 500ms);
    CHECK(poller.stats().failedRebuilds >= 3);
    CHECK(poller.stats().failedRebuilds <= 12);
    CHECK(poller.stats().rebuilds == 0);
    // Channels are heard all along.
    const auto handle = poller.backend().kernel().openHandle(polleros::ReadyFlag::read);
    poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(handle, recv));
    CHECK(poller.waitTriggers(1s).channels == 1);
    poller.backend().clearFailures();
    for (int turn = 0; turn < 2000 && poller.stats().rebuilds == 0; ++turn) {
        poller.waitTriggers(polleros::Timeout::immediately());
    }
    CHECK(poller.stats().rebuilds == 1);
    CHECK(poller.waitTriggers(1s).channels == 1); // registered in the new set, too
}

TEST_CASE("C16 a hundred forgotten registrations cost one rebuild") {
    Poller poller;
    for (int index = 0; index < 100; ++index) {
        forget(poller);
    }
    CHECK(poller.waitTriggers(10ms).timedOut);
    CHECK(poller.waitTriggers(10ms).timedOut);
    CHECK(poller.stats().rebuilds == 1);
    CHECK(poller.backend().registered() == 0);
}

TEST_CASE("C16 an event of nobody's, duplicated and out of order, is not credited to anybody, and ends no wait") {
    Poller poller;
    auto& kernel = poller.backend().kernel();
    const auto handle = kernel.openHandle();
    auto& channel = poller.attachChannel(ChannelNumber{1}, polleros::SocketSource(handle, recv));
    const auto old = channel.seqN();
    channel.handleReplaced();
    poller.waitTriggers(polleros::Timeout::immediately());
    for (int copy = 0; copy < 3; ++copy) {
        poller.backend().inject({old, polleros::ReadyFlag::read, 0});
    }
    const auto before = poller.now();
    const auto result = poller.waitTriggers(5ms);
    CHECK(result.timedOut);
    CHECK(result.channels == 0);
    CHECK(result.handleReplaced);
    CHECK(poller.now() - before >= 5ms);
    CHECK(poller.stats().staleEvents == 3);
    CHECK(poller.stats().rebuilds == 1);
}

} // namespace polleros_test
