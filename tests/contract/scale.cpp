// SPDX-License-Identifier: MIT
// S: what is idle costs nothing.
#include "support/bench.hpp"

#include <polleros/one_of.hpp>

#include <algorithm>

namespace polleros_test {

namespace {

struct Counting {
    polleros::NativeHandle at;
    std::size_t* asked;

    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept {
        ++*asked;
        return recv;
    }
};
struct Idle : Counting {
    static constexpr bool intentIsLocal = true;
};
struct Distant : Counting {};

} // namespace

TEMPLATE_TEST_CASE("S1 of ten thousand channels the one that is ready is reported, and idle ones cost no system call",
                   "[contract][slow]", POLLEROS_TEST_SETTINGS) {
    const std::size_t room = allowDescriptors(10'500);
    Bench<TestType> bench(Variants::few);
    const std::size_t count = sanitized ? 2'000 : std::min<std::size_t>(often(10'000), room - 500);
    std::vector<EndsPtr> ends;
    for (std::uint64_t number = 0; number < count; ++number) {
        bench.attach(number, ends.emplace_back(bench.world.ends(Kind::notifier)), notify);
    }
    bench.wait(1us); // by now it is known what the kernel can
    bench.world.resetCounts();
    for (const std::size_t one : {std::size_t{0}, count / 2, count - 1}) {
        ends[one]->peerWrite(1);
        CHECK(bench.only(one, 10s) == Triggers{notify});
        ends[one]->readAll();
        CHECK(bench.next().empty());
    }
    CHECK(bench.world.waits() == 6);
    CHECK(bench.world.changes() == 0);
    bench.poller.deleteAll();
    CHECK(bench.poller.size() == 0);
}

TEMPLATE_TEST_CASE("N21 one that is not local does not have a thousand local ones asked", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Poller<typename TestType::Backend, polleros::OneOf<Distant, Idle>> poller(bench.variant().options);
    std::size_t distant = 0;
    std::size_t local = 0;
    poller.attachChannel(Distant{{polleros::invalidHandle, &distant}});
    for (int number = 0; number < 1000; ++number) {
        poller.attachChannel(Idle{{polleros::invalidHandle, &local}});
    }
    poller.waitTriggers(Timeout::immediately());
    distant = local = 0;
    for (int turn = 0; turn < 10; ++turn) {
        poller.waitTriggers(Timeout::immediately());
    }
    CHECK(distant == 10); // one probe per wait
    if constexpr (!polleros::audited) {
        CHECK(local == 0);
    }
}

TEMPLATE_TEST_CASE("S2 a local source is asked when it was touched, and not again", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    polleros::Poller<typename TestType::Backend, Idle> poller(bench.variant().options);
    World<TestType> world(poller.backend());
    const EndsPtr ends = world.ends();
    std::size_t asked = 0;
    auto& channel = poller.attachChannel(Idle{{ends->handle(), &asked}});
    const auto probes = [&] {
        asked = 0;
        poller.waitTriggers(Timeout::immediately());
        return asked - (polleros::audited ? 1U : 0U); // the audit asks, too, to compare
    };
    CHECK(probes() == 1); // freshly attached
    CHECK(probes() == 0);
    static_cast<void>(channel.peek());
    static_cast<void>(channel.template peekAs<Idle>());
    CHECK(probes() == 0);
    static_cast<void>(channel.source());
    static_cast<void>(channel.source());
    CHECK(probes() == 1);
    static_cast<void>(channel.template as<Idle>());
    CHECK(probes() == 1);
    channel.visit([](auto&) {});
    CHECK(probes() == 1);
    static_cast<void>(channel.ref().operator->());
    CHECK(probes() == 1);
    channel.touch();
    CHECK(probes() == 1);
    poller.touch(channel.number());
    CHECK(probes() == 1);
    CHECK(probes() == 0);
    ends->peerWrite(1);
    CHECK(probes() == 0);
    CHECK(probes() == 1); // reported by the last wait
    ends->readAll();
    CHECK(probes() == 1);
    CHECK(probes() == 0);
}

} // namespace polleros_test
