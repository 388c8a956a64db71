// SPDX-License-Identifier: MIT
// K: what becomes of a poller in other processes.
#include "support/bench.hpp"
#include "support/death.hpp"

#include <algorithm>
#include <memory>

namespace polleros_test {

TEMPLATE_TEST_CASE("K1 no descriptor of the library's survives an exec", "[contract]", POLLEROS_REAL_SETTINGS) {
    const auto before = openFds();
    Bench<TestType> bench;
    const polleros::Waker waker = bench.poller.waker();
    static_cast<void>(bench.poller.prepare());
    std::vector<NativeHandle> own;
    for (const auto& [fd, target] : openFds()) {
        if (before.find(fd) == before.end()) {
            own.push_back(fd);
            CAPTURE(target);
            CHECK(isCloseOnExec(fd));
        }
    }
    CHECK_FALSE(own.empty());
    std::string script;
    for (const NativeHandle fd : own) {
        script += "[ ! -e /dev/fd/" + std::to_string(fd) + " ] || exit 7; ";
    }
    const Death child = inChild([&] { becomeShell(script); });
    CHECK(child.status == 0);
}

TEMPLATE_TEST_CASE("K2 a child that destroys its copy of a poller does not harm the parent's", "[contract]",
                   POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto poller = std::make_unique<typename Bench<TestType>::Poller>(bench.variant().options);
    poller->attachChannel(ChannelNumber{1}, typename TestType::Source(ends->handle(), recv));
    polleros::Waker waker = poller->waker();
    poller->waitTriggers(Timeout::immediately());
    const Death child = inChild([&] { poller.reset(); });
    CHECK(child.status == 0);
    CHECK_FALSE(child.aborted);
    CHECK(poller->waitTriggers(Timeout::immediately()).timedOut);
    ends->peerWrite(1);
    CHECK(poller->waitTriggers(1s).channels == 1);
    waker.wake();
    CHECK(poller->waitTriggers(1s).woken);
}

TEMPLATE_TEST_CASE("K2 a forked child that resets its copy has all channels, and the parent's are left alone",
                   "[contract]", POLLEROS_REAL_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr one = bench.world.ends();
    const EndsPtr other = bench.world.ends();
    bench.attach(1, one, recv);
    bench.attach(2, other, {});
    polleros::Waker waker = bench.poller.waker();
    bench.wait();
    one->peerWrite(1);
    const Death child = inChild([&] {
        const auto require = [](bool condition, int status) {
            if (!condition) {
                std::_Exit(status);
            }
        };
        require(!bench.poller.resetAfterFork(), 2);
        require(bench.poller.size() == 2, 3);
        require(bench.poller.waitTriggers(1s).triggers == Triggers{recv}, 4);
        bench.poller.find(ChannelNumber{2})->source().wanted = send; // the parent's set must not hear of these
        bench.poller.find(ChannelNumber{1})->source().wanted = {};
        require(bench.poller.waitTriggers(1s).triggers == Triggers{send}, 5);
        waker.wake(); // the parent's
        require(!bench.poller.waitTriggers(Timeout::immediately()).woken, 6);
        polleros::Waker own = bench.poller.waker();
        own.wake();
        require(bench.poller.waitTriggers(Timeout::immediately()).woken, 7);
        require(!bench.poller.resetAfterFork(), 8); // harmless again
        require(bench.poller.waitTriggers(1s).triggers == Triggers{send}, 9);
        bench.poller.deleteAll();
    });
    CHECK(child.status == 0);
    CHECK(child.signal == 0);
    CHECK(bench.only(1) == Triggers{recv});
    one->readAll();
    CHECK(bench.next().empty());
}

TEMPLATE_TEST_CASE("C19 a poller used after a fork without a reset says badPoller, and asserts", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    bench.attach(1, ends, recv);
    if constexpr (polleros::audited) {
        checkAsserts("forked child", [&] { bench.poller.waitTriggers(Timeout::immediately()); });
        checkAsserts("forked child", [&] { bench.poller.deleteChannel(ChannelNumber{1}); });
    } else {
        const Death child = inChild([&] {
            const auto require = [](bool condition, int status) {
                if (!condition) {
                    std::_Exit(status);
                }
            };
            std::error_code ec;
            bench.poller.waitTriggers(Timeout::never(), ec);
            require(ec == Errc::badPoller, 2);
            require(bench.poller.attachChannel(typename TestType::Source(polleros::invalidHandle, {}), ec) == nullptr,
                    3);
            require(ec == Errc::badPoller, 4);
            require(!bench.poller.deleteChannel(ChannelNumber{1}), 5);
            require(bench.poller.reserve(10) == Errc::badPoller, 6);
            static_cast<void>(bench.poller.waker(ec));
            require(ec == Errc::badPoller, 7);
            static_cast<void>(bench.poller.prepare(ec));
            require(ec == Errc::badPoller, 8);
            require(!bench.poller.detachChannel(ChannelNumber{1}, ec) && ec == Errc::badPoller, 9);
        });
        CHECK(child.status == 0);
        CHECK(child.signal == 0);
    }
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv}); // the parent is as before
}

} // namespace polleros_test
