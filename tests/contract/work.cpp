// SPDX-License-Identifier: MIT
// `work`: something to do that needs no kernel. And pools: who waits for one asks nothing.
#include "support/bench.hpp"
#include "support/death.hpp"

namespace polleros_test {

namespace {

// Connections that share a pool of buffers: who holds none and has something to send says `work` while there is one.
struct Pool {
    int buffers = 0;
};

struct Starving {
    Pool* pool;
    polleros::NativeHandle at = polleros::invalidHandle;
    bool hungry = true;

    [[nodiscard]] polleros::NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept {
        return hungry && pool->buffers > 0 ? Triggers{work} : Triggers{};
    }
};
struct StarvingScanned : Starving {};
struct StarvingSometimes : Starving {
    [[nodiscard]] bool intentIsLocal() const noexcept { return !hungry; }
};

} // namespace

TEMPLATE_TEST_CASE("C11 work is reported at once, by every wait while it lasts, and with what the kernel says",
                   "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench;
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | work);
    const auto before = bench.poller.now();
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(bench.only(1, Timeout::never()) == Triggers{work});
    }
    ends->peerWrite(1);
    CHECK(bench.only(1, 10s) == (work | recv));
    ends->readAll();
    CHECK(bench.only(1, 10s) == Triggers{work});
    CHECK(bench.poller.now() - before < slack);
    CHECK(bench.poller.stats().kernelWaits == 5);
    bench.want(1, recv);
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("C11 once nothing is pending a wait really blocks", "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | work);
    bench.attach(2, {polleros::invalidHandle, work});
    CHECK(bench.next(10s).size() == 2);
    bench.want(1, recv);
    bench.want(2, {});
    bench.checkQuiet(50ms);
}

TEMPLATE_TEST_CASE("C11 work that a handler does for another channel is not reported any more", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    bench.attach(1, {polleros::invalidHandle, work});
    bench.attach(2, {polleros::invalidHandle, work});
    bench.wait();
    int reached = 0;
    for (auto& channel : bench.poller.triggered()) {
        bench.want(3 - static_cast<std::uint64_t>(channel.number()), {});
        ++reached;
    }
    CHECK(reached == 1);
}

TEMPLATE_TEST_CASE("C11 waits that bring nothing but the same work are counted", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv | work);
    for (int turn = 0; turn < 10; ++turn) {
        bench.wait();
    }
    CHECK(bench.poller.stats().repeatedWork == 9);
    ends->peerWrite(1);
    bench.wait(); // once more nothing but work before it; with it, something else
    const auto before = bench.poller.stats().repeatedWork;
    bench.wait();
    CHECK(bench.poller.stats().repeatedWork == before);
}

TEMPLATE_TEST_CASE("C11 a thousand in a row name the channel once", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    if constexpr (polleros::audited) {
        const Death child = inChild([&] {
            typename Bench<TestType>::Poller poller;
            poller.attachChannel(ChannelNumber{0xBEEF}, typename TestType::Source(polleros::invalidHandle, work));
            for (int turn = 0; turn < 3500; ++turn) {
                poller.waitTriggers(Timeout::immediately());
            }
        });
        CHECK(child.status == 0);
        const auto first = child.said.find("0xbeef");
        CHECK(first != std::string::npos);
        CHECK(child.said.find("0xbeef", first + 1) == std::string::npos);
    } else {
        SUCCEED("not audited");
    }
}

TEMPLATE_TEST_CASE("N12 who waits for a pool costs no wakeups, and a refill with a wake reports it",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, {}); // hungry: not even recv, whatever comes in
    ends->peerWrite(1);
    bench.checkQuiet(30ms);
    CHECK(bench.poller.stats().kernelWaits == 1);
    polleros::Waker waker = bench.poller.waker();
    const Later refill = bench.world.later(10ms, [waker]() mutable { waker.wake(); });
    CHECK(bench.wait(Timeout::never()).woken);
    bench.want(1, recv | work);
    CHECK(bench.only(1, Timeout::never()) == (recv | work));
}

TEMPLATE_TEST_CASE("N22 who starves is not local, and is found without a touch", "[contract][sleeps]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const auto check = [&](auto source) {
        polleros::Poller<typename TestType::Backend, decltype(source)> poller;
        Pool pool;
        source.pool = &pool;
        auto& channel = poller.attachChannel(std::move(source));
        polleros::Waker waker = poller.waker();
        CHECK(poller.waitTriggers(10ms).timedOut);
        pool.buffers = 1; // by anybody
        waker.wake();
        const auto result = poller.waitTriggers(Timeout::never());
        CHECK(result.woken);
        CHECK(result.triggers == Triggers{work});
        for (auto& reported : poller.triggered()) {
            CHECK(&reported == &channel);
            reported.source().hungry = false; // from now on local
            --pool.buffers;
        }
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 0);
        pool.buffers = 1;
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 0);
        channel.source().hungry = true; // and not any more
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 1);
        pool.buffers = 0;
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 0);
        pool.buffers = 1;
        CHECK(poller.waitTriggers(Timeout::immediately()).channels == 1);
    };
    check(StarvingScanned{});
    check(StarvingSometimes{});
}

TEMPLATE_TEST_CASE("N30 one buffer, three who starve: each has its turn", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const auto check = [&](auto source) {
        polleros::Poller<typename TestType::Backend, decltype(source)> poller;
        Pool pool;
        source.pool = &pool;
        for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}}) {
            auto copy = source;
            poller.attachChannel(ChannelNumber{number}, std::move(copy));
        }
        std::map<ChannelNumber, int> served;
        for (int turn = 0; turn < 30; ++turn) {
            pool.buffers = 1;
            CHECK(poller.waitTriggers(Timeout::immediately()).channels == 3);
            for (auto& channel : poller.triggered()) {
                --pool.buffers;
                ++served[channel.number()];
                CHECK(channel.act() == Triggers{work});
            }
            CHECK(pool.buffers == 0); // masked when the iteration gets there: one only
        }
        CHECK(served ==
              std::map<ChannelNumber, int>{{ChannelNumber{1}, 10}, {ChannelNumber{2}, 10}, {ChannelNumber{3}, 10}});
    };
    check(StarvingScanned{});
    check(StarvingSometimes{});
}

TEMPLATE_TEST_CASE("N30 the turns survive that one of them leaves", "[contract]", POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::one);
    const auto check = [&](auto source) {
        polleros::Poller<typename TestType::Backend, decltype(source)> poller;
        Pool pool;
        source.pool = &pool;
        const auto attach = [&](std::uint64_t number) {
            auto copy = source;
            poller.attachChannel(ChannelNumber{number}, std::move(copy));
        };
        for (std::uint64_t number = 1; number <= 10; ++number) {
            attach(number);
        }
        std::map<ChannelNumber, int> served;
        for (std::uint64_t turn = 0; turn < 200; ++turn) {
            pool.buffers = 1;
            poller.waitTriggers(Timeout::immediately());
            for (auto& channel : poller.triggered()) {
                --pool.buffers;
                ++served[channel.number()];
                if (turn % 7 == 0 && channel.number() > ChannelNumber{5}) { // some leave, others come
                    poller.deleteChannel(channel);
                    attach(100 + turn);
                }
            }
        }
        for (std::uint64_t number = 1; number <= 5; ++number) {
            CHECK(served[ChannelNumber{number}] >= 10);
        }
    };
    check(StarvingScanned{});
    check(StarvingSometimes{});
}

} // namespace polleros_test
