// SPDX-License-Identifier: MIT
// Sources that throw, time and again, and sources whose moves do what they must not.
#include "support/bench.hpp"
#include "support/death.hpp"

namespace polleros_test {

namespace {

// Its move constructor calls the poller that it is moved in.
class Meddler {
public:
    using Poller = polleros::Poller<polleros::backend::Poll, Meddler>;

    Meddler() = default;
    Meddler(Meddler&& other) noexcept : victim_(std::exchange(other.victim_, nullptr)) {
        if (victim_ != nullptr) {
            std::exchange(victim_, nullptr)->deleteChannel(ChannelNumber{1});
        }
    }

    static constexpr bool intentIsLocal = true;
    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return polleros::invalidHandle; }
    [[nodiscard]] Triggers triggers() const noexcept { return {}; }

    void meddleWith(Poller& poller) { victim_ = &poller; }

private:
    Poller* victim_ = nullptr;
};

} // namespace

TEMPLATE_TEST_CASE("C10 a source that throws, recovers and throws again is told again", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    if constexpr (TestType::locality != Locality::scanned) {
        GATE(TestType::name(), "a source with a local intent is noexcept: it cannot throw");
    } else {
        for (const char* what : {"a handle", "a handle of which nothing is wanted", "no handle"}) {
            CAPTURE(what);
            Bench<TestType> bench(Variants::few);
            const EndsPtr ends = bench.world.ends();
            const bool has = std::string(what) != "no handle";
            const bool wants = std::string(what) == "a handle";
            auto& channel =
                bench.attach(1, {has ? ends->handle() : polleros::invalidHandle, wants ? Triggers{recv} : Triggers{}});
            CHECK(bench.sweep().empty());
            for (int turn = 0; turn < 3; ++turn) {
                channel.source().throws = true;
                CHECK(bench.only(1) == Triggers{err});
                CHECK(channel.error() == Errc::sourceThrew);
                CHECK(bench.sweep().empty()); // once
                channel.source().throws = false;
                CHECK(bench.sweep().empty());
                CHECK(channel.exp().empty() == !wants);
            }
        }
    }
}

TEST_CASE("C14 a move constructor that calls the poller while its source is detached is caught", "[contract]") {
    checkAsserts("the poller was called from a source's function", [] {
        Meddler::Poller poller;
        poller.attachChannel(ChannelNumber{1}, Meddler());
        poller.find(ChannelNumber{1})->source().meddleWith(poller);
        static_cast<void>(poller.detachChannel(ChannelNumber{1}));
    });
    if constexpr (!polleros::audited) { // it is refused
        Meddler::Poller poller;
        poller.attachChannel(ChannelNumber{1}, Meddler());
        poller.find(ChannelNumber{1})->source().meddleWith(poller);
        CHECK(poller.detachChannel(ChannelNumber{1}).has_value());
        CHECK(poller.size() == 0);
    }
}

} // namespace polleros_test
