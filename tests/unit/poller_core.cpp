// SPDX-License-Identifier: MIT
// PollerCore against an imaginary kernel, below Poller: the end of the sequence numbers, and an exact account of the
// kernel calls that a pass makes.
#include "support/catch.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/poller_core.hpp>
#include <polleros/socket_source.hpp>

#include <vector>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::SeqN;
using polleros::SocketSource;
using polleros::backend::Scripted;

namespace {

struct Rig {
    polleros::Options options;
    std::error_code ec;
    polleros::PollerCore<SocketSource> core{options};
    Scripted backend{options, ec};

    polleros::TriggeredChannel<SocketSource>* attach(std::uint64_t number, polleros::NativeHandle handle,
                                                     polleros::Triggers intent) {
        const ChannelNumber chosen{number};
        SocketSource source(handle, intent);
        return core.attach(backend, &chosen, source, ec);
    }
};

} // namespace

TEST_CASE("when the sequence numbers are used up an attach is refused, and what is there lives on") {
    Rig rig;
    const auto handle = rig.backend.kernel().openHandle();
    const auto other = rig.backend.kernel().openHandle();
    rig.core.store().skipDraws(polleros::detail::maxDraws - 3);
    auto* const last = rig.attach(1, handle, recv);
    REQUIRE(last != nullptr);
    auto* const veryLast = rig.attach(2, -1, recv);
    REQUIRE(veryLast != nullptr);
    CHECK(veryLast->seqN() > last->seqN());
    CHECK_FALSE(polleros::isPicked(ChannelNumber{static_cast<std::uint64_t>(veryLast->seqN())})); // the top bit is free
    CHECK(rig.attach(3, other, recv) == nullptr);
    CHECK(rig.ec == Errc::sequenceExhausted);
    CHECK(rig.backend.interestOf(other) == std::nullopt);
    CHECK(rig.core.size() == 2);

    // A replaced handle needs one too: that channel is told, and nothing is registered under an old number.
    rig.core.reconcile(rig.backend);
    veryLast->source().rebind(other);
    rig.core.reconcile(rig.backend);
    CHECK(veryLast->error() == Errc::sequenceExhausted);
    CHECK(rig.backend.interestOf(other) == std::nullopt);
    CHECK(rig.core.reported() == 1);
    rig.core.reconcile(rig.backend);
    CHECK(rig.backend.interestOf(handle).has_value()); // the other one is not touched
    rig.core.erase(rig.backend, *veryLast, [](ChannelNumber, SocketSource&&) {});
    CHECK(rig.attach(4, other, recv) == nullptr); // a free place is not enough
    CHECK(rig.ec == Errc::sequenceExhausted);
}

TEST_CASE("sequence numbers go on increasing over every attach and every replaced handle") {
    Rig rig;
    SeqN last{};
    const auto handle = rig.backend.kernel().openHandle();
    const auto other = rig.backend.kernel().openHandle();
    for (std::uint64_t turn = 0; turn < 1000; ++turn) {
        auto* const channel = rig.attach(turn, handle, recv);
        REQUIRE(channel != nullptr);
        REQUIRE(channel->seqN() > last);
        last = channel->seqN();
        channel->source().rebind(other);
        rig.core.reconcile(rig.backend);
        REQUIRE(channel->seqN() > last);
        REQUIRE(rig.core.find(last) == nullptr);
        last = channel->seqN();
        REQUIRE(rig.core.find(last) == channel);
        rig.core.erase(rig.backend, *channel, [](ChannelNumber, SocketSource&&) {});
        REQUIRE(rig.core.find(last) == nullptr);
        REQUIRE(rig.core.find(ChannelNumber{turn}) == nullptr);
    }
    CHECK(rig.core.find(SeqN{}) == nullptr);
    CHECK(rig.core.find(SeqN{~std::uint64_t{0}}) == nullptr);
}

TEST_CASE("a pass makes exactly the kernel calls that intents ask for, in the order of the touches") {
    using Call = Scripted::Call;
    Rig rig;
    std::vector<polleros::NativeHandle> handles;
    for (std::uint64_t number = 0; number < 4; ++number) {
        handles.push_back(rig.backend.kernel().openHandle());
        rig.attach(number, handles.back(), number == 3 ? polleros::Triggers{} : recv);
    }
    rig.core.reconcile(rig.backend);
    rig.backend.clearCalls();
    const auto channel = [&](std::uint64_t number) -> SocketSource& {
        return rig.core.find(ChannelNumber{number})->source();
    };
    channel(3).want(send);
    channel(1).want({});
    channel(0).want(recv | send);
    channel(2).want(recv | work);
    rig.core.reconcile(rig.backend);
    const auto calls = rig.backend.calls();
    REQUIRE(calls.size() == 3);
    CHECK(calls[0].call == Call::add);
    CHECK(calls[0].handle == handles[3]);
    CHECK(calls[0].interest == polleros::Interest(polleros::InterestFlag::write));
    CHECK(calls[1].call == Call::remove);
    CHECK(calls[1].handle == handles[1]);
    CHECK(calls[2].call == Call::modify);
    CHECK(calls[2].handle == handles[0]);
    CHECK(calls[2].seqN == rig.core.find(ChannelNumber{0})->seqN());
    CHECK(rig.core.reported() == 1); // the work
}

TEST_CASE("of a deletion the kernel hears before the maps, and before the source dies") {
    struct Witness {
        Scripted* backend;
        polleros::NativeHandle at;
        bool* good;
        Witness(Scripted& kernel, polleros::NativeHandle handle, bool& result)
            : backend(&kernel), at(handle), good(&result) {}
        Witness(Witness&& other) noexcept
            : backend(std::exchange(other.backend, nullptr)), at(other.at), good(other.good) {}
        ~Witness() {
            if (backend != nullptr) {
                *good = !backend->interestOf(at).has_value();
            }
        }
        [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
        [[nodiscard]] polleros::Triggers triggers() const noexcept { return recv; }
    };
    polleros::Options options;
    std::error_code ec;
    polleros::PollerCore<Witness> core(options);
    Scripted backend(options, ec);
    const auto handle = backend.kernel().openHandle();
    bool good = false;
    Witness witness(backend, handle, good);
    auto* const channel = core.attach(backend, nullptr, witness, ec);
    REQUIRE(channel != nullptr);
    CHECK(backend.interestOf(handle).has_value());
    core.erase(backend, *channel, [](ChannelNumber, Witness&&) {});
    CHECK(good);
}

TEST_CASE("a deletion is told the kernel at once, what a source stops wanting by the next wait") {
    struct Noting : Scripted {
        using Scripted::Scripted;
        std::vector<polleros::When> removals;
        void remove(polleros::NativeHandle handle, SeqN seqN, polleros::Interest from, polleros::When when) noexcept {
            removals.push_back(when);
            Scripted::remove(handle, seqN, from, when);
        }
    };
    polleros::Options options;
    std::error_code ec;
    polleros::PollerCore<SocketSource> core(options);
    Noting backend(options, ec);
    SocketSource source(backend.kernel().openHandle(), recv);
    auto* const channel = core.attach(backend, nullptr, source, ec);
    REQUIRE(channel != nullptr);
    channel->source().want({});
    core.reconcile(backend);
    CHECK(backend.removals == std::vector{polleros::When::byNextWait});
    channel->source().want(recv);
    core.reconcile(backend);
    core.erase(backend, *channel, [](ChannelNumber, SocketSource&&) {});
    CHECK(backend.removals == std::vector{polleros::When::byNextWait, polleros::When::now});
}

} // namespace polleros_test
