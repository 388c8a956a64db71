// SPDX-License-Identifier: MIT
// Library errors: told once, and parked until something changes. (Whose fault it was: readiness and intent.)
#include "support/bench.hpp"

#include <cerrno>

namespace polleros_test {

namespace {

// The kernel refuses to register, or to change, anything from now on.
template <class TheSetting>
class Refusing {
public:
    template <class TheBench>
    Refusing(TheBench& bench, bool adds, int error) {
        if constexpr (TheSetting::real) {
            const Call modify = TheSetting::isKqueue ? Call::keventAdd : Call::epollModify; // to another filter
            TestCalls::script({{.call = !adds                  ? modify
                                        : TheSetting::isKqueue ? Call::keventAdd
                                                               : Call::epollAdd,
                                .times = Fault::forEver,
                                .error = nativeCode(error)}});
            end_ = [] { TestCalls::script({}); };
        } else {
            auto& backend = bench.poller.backend();
            using Kind = typename TheSetting::Backend::Call;
            backend.fail(adds ? Kind::add : Kind::modify, error, 1, TheSetting::Backend::always);
            end_ = [&backend] { backend.clearFailures(); };
        }
    }
    Refusing(const Refusing&) = delete;
    Refusing& operator=(const Refusing&) = delete;
    ~Refusing() { end_(); }

private:
    std::function<void()> end_;
};

} // namespace

#define NEEDS_REFUSALS                                                                                                 \
    if constexpr (!TestType::countsChanges) {                                                                          \
        GATE(TestType::name(), "nothing is registered before a wait: nothing can be refused");                         \
    }

TEMPLATE_TEST_CASE("N5 want of kernel memory is told once, tried again silently, and heals by itself",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    for (const int error : {ENOSPC, ENOMEM}) {
        Bench<TestType> bench(Variants::few);
        const EndsPtr ends = bench.world.ends();
        const EndsPtr other = bench.world.ends();
        bench.attach(1, ends, {});
        bench.attach(2, other, recv);
        bench.wait();
        {
            const Refusing<TestType> refusing(bench, true, error);
            bench.want(1, recv);
            ends->peerWrite(1);
            const auto reports = bench.next(10s);
            REQUIRE(reports.size() == 1);
            CHECK(reports[0].number == 1);
            CHECK(reports[0].act == Triggers{err});
            CHECK(reports[0].error.value() == TestType::code(error));
            CHECK(bench.channel(1).exp().empty());
            bench.world.resetCounts();
            bench.checkQuiet(20ms);
            CHECK(bench.world.adds() == 1); // once per wait
            bench.checkQuiet(20ms);
            CHECK(bench.world.adds() == 2);
            other->peerWrite(1); // nobody else notices
            CHECK(bench.only(2) == Triggers{recv});
            other->readAll();
        }
        CHECK(bench.only(1) == Triggers{recv});
        CHECK_FALSE(bench.channel(1).error());
        bench.world.resetCounts();
        CHECK(bench.only(1) == Triggers{recv});
        CHECK(bench.world.changes() == 0);
    }
}

TEMPLATE_TEST_CASE("N5 an attach for which the kernel has no room is refused, and works later", "[contract]",
                   POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    {
        const Refusing<TestType> refusing(bench, true, ENOSPC);
        CHECK(bench.refusal(1, ends->handle(), recv).value() == TestType::code(ENOSPC));
        CHECK(bench.poller.size() == 0);
        CHECK(bench.next().empty());
    }
    bench.attach(1, ends, recv);
    ends->peerWrite(1);
    CHECK(bench.only(1) == Triggers{recv});
}

TEMPLATE_TEST_CASE("C10 a change that the kernel refuses is told once, and nothing stays registered",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    for (const int error : {EBADF, ENOENT, ENOMEM, EIO}) {
        CAPTURE(error);
        if (TestType::isKqueue && error == EBADF) {
            continue; // of a handle that is open: what NetBSD says of a pipe without a reader
        }
        Bench<TestType> bench(Variants::few, 2);
        const EndsPtr ends = bench.world.ends();
        bench.attach(1, ends, recv);
        bench.wait();
        bench.world.resetCounts();
        {
            const Refusing<TestType> refusing(bench, false, error);
            bench.want(1, recv | send);
            const auto reports = bench.next(10s);
            REQUIRE(reports.size() == 1);
            CHECK(reports[0].act == Triggers{err});
            // Closed behind our back, and perhaps somebody else's by now: never an add.
            CHECK((error == ENOENT ? reports[0].error == Errc::badHandle
                                   : reports[0].error.value() == TestType::code(error)));
            CHECK(bench.world.adds() == (TestType::isKqueue ? 1U : 0U)); // of another filter
            CHECK(bench.world.modifies() == (TestType::isKqueue ? 0U : 1U));
            CHECK(bench.channel(1).exp().empty());
            CHECK(bench.world.registered().value_or(0) == 0);
        }
        if (error == ENOMEM) {
            CHECK(bench.only(1) == Triggers{send}); // tried again by itself
            continue;
        }
        ends->peerWrite(1);
        bench.checkQuiet(10ms);
        bench.channel(1).touch();
        CHECK(bench.only(1) == (recv | send));
        CHECK_FALSE(bench.channel(1).error());
    }
}

TEMPLATE_TEST_CASE("N18 a parked channel stays parked whoever looks at it, and is tried again when something changes",
                   "[contract][sleeps]", POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    const EndsPtr another = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    bench.wait();
    const auto park = [&] {
        const Refusing<TestType> refusing(bench, false, EIO);
        const Refusing<TestType> alsoAdds(bench, false, EIO);
        channel.source().wanted = recv | send;
        const auto reports = bench.next(10s);
        REQUIRE(reports.size() == 1);
        REQUIRE(reports[0].act == Triggers{err});
    };
    park();
    bench.world.resetCounts();
    for (int turn = 0; turn < 3; ++turn) {
        static_cast<void>(channel.source());
        static_cast<void>(channel.template as<typename TestType::Source>());
        channel.visit([](auto&) {});
        static_cast<void>(channel.ref()->wanted);
        bench.wait();
        CHECK(bench.poller.triggered().begin() == std::default_sentinel);
    }
    CHECK(bench.world.changes() == 0);
    CHECK(channel.error().value() == TestType::code(EIO));

    channel.source().due = bench.poller.now() + 5ms; // its deadline still fires
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    CHECK(bench.next().empty());
    channel.source().due = bench.poller.now() + 5ms;
    CHECK(bench.only(1, 10s) == Triggers{timeout});
    channel.source().due = polleros::noDeadline;
    bench.checkQuiet(5ms);
    CHECK(bench.world.changes() == 0);

    channel.touch();
    CHECK(bench.only(1) == Triggers{send});
    channel.source().wanted = recv;
    bench.wait();
    park();
    bench.poller.touch(ChannelNumber{1}); // the same by number
    CHECK(bench.only(1) == Triggers{send});
    channel.source().wanted = recv;
    bench.wait();
    park();
    channel.ref().touch(); // and by reference
    CHECK(bench.only(1) == Triggers{send});
    channel.source().wanted = recv;
    bench.wait();
    park();
    channel.source().wanted = send; // other triggers
    CHECK(bench.only(1) == Triggers{send});
    channel.source().wanted = recv;
    bench.wait();
    park();
    channel.source().at = another->handle(); // another handle
    CHECK(bench.only(1) == Triggers{send});
    CHECK_FALSE(channel.error());
}

TEMPLATE_TEST_CASE("N18 a parked channel tells work all the same", "[contract]", POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    Bench<TestType> bench(Variants::few);
    const EndsPtr ends = bench.world.ends();
    auto& channel = bench.attach(1, ends, recv);
    bench.wait();
    {
        const Refusing<TestType> refusing(bench, false, EIO);
        channel.source().wanted = recv | send | work;
        CHECK(bench.only(1) == (err | work));
    }
    CHECK(bench.only(1) == Triggers{work});
}

TEMPLATE_TEST_CASE("N29 what the iteration did not reach comes again", "[contract]", POLLEROS_TEST_SETTINGS) {
    NEEDS_REFUSALS
    enum class End { byBreak, byThrow, none };
    for (const End end : {End::byBreak, End::byThrow, End::none}) {
        Bench<TestType> bench(Variants::few);
        std::vector<EndsPtr> ends;
        const auto when = bench.poller.now();
        for (std::uint64_t number = 1; number <= 2; ++number) {
            bench.attach(number, ends.emplace_back(bench.world.ends()), {});
            bench.attach(10 + number, {polleros::invalidHandle, {}}).source().due =
                when - std::chrono::milliseconds(number);
        }
        const Refusing<TestType> refusing(bench, true, EIO);
        bench.want(1, recv);
        bench.want(2, recv);
        std::map<std::uint64_t, int> told;
        for (int turn = 0; turn < 4; ++turn) {
            bench.wait(10s);
            if (end == End::none) {
                bench.wait(10s); // nobody has looked at what the first one brought
            }
            try {
                for (auto& channel : bench.poller.triggered()) {
                    ++told[static_cast<std::uint64_t>(channel.number())];
                    if (end == End::byThrow) {
                        throw std::runtime_error("a handler's own");
                    }
                    break;
                }
            } catch (const std::runtime_error&) {
            }
        }
        CHECK(told == std::map<std::uint64_t, int>{{1, 1}, {2, 1}, {11, 1}, {12, 1}});
        CHECK(bench.next().empty());
    }
}

} // namespace polleros_test
