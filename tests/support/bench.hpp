// SPDX-License-Identifier: MIT
// Bench: a poller in one of the settings, the world around it, and what its waits report in a form to be checked.
// Constructing one runs the rest of the case once for every variant of the setting.
#pragma once

#include "support/aftermath.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/cpu_budget.hpp"
#include "support/gate.hpp"
#include "support/world.hpp"

#include <polleros/poller.hpp>
#include <polleros/triggers_io.hpp>

#include <map>
#include <sstream>

template <>
struct Catch::StringMaker<std::map<std::uint64_t, polleros::Triggers>> {
    static std::string convert(const std::map<std::uint64_t, polleros::Triggers>& told) {
        std::ostringstream out;
        for (const auto& [number, triggers] : told) {
            out << number << triggers << ' ';
        }
        return "told: " + out.str();
    }
};

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::Timeout;
using polleros::Triggers;

// Waits that happen on a loaded machine end late; how much is still called on time.
inline constexpr std::chrono::milliseconds slack{(sanitized ? 2000 : 1000) * Kernel::slowness};

// How often something is done that has to be done often.
[[nodiscard]] constexpr int often(int times) {
    return times / Kernel::slowness;
}

// What channels were told, by number.
using Told = std::map<std::uint64_t, Triggers>;

struct Report {
    std::uint64_t number = 0;
    Triggers act;
    std::error_code error;
};

// The poller's own handle; none where it is nothing to wait for.
template <class Poller>
[[nodiscard]] NativeHandle outerHandle(const Poller& poller) {
    if constexpr (std::is_same_v<decltype(poller.nativeHandle()), NativeHandle>) {
        return poller.nativeHandle();
    } else {
        return polleros::invalidHandle;
    }
}

template <class TheSetting>
class Bench {
    struct Chosen {
        explicit Chosen(Variant chosen) : variant(chosen) { Kernel::become(variant); }
        ~Chosen() { Kernel::become({}); }
        Variant variant;
    };

public:
    using Poller = polleros::Poller<typename TheSetting::Backend, typename TheSetting::Source>;
    using Source = typename TheSetting::Source;
    using Channel = typename Poller::Channel;

    // `entries`: how many a wait must have room for. On a kqueue a handle that can be read and written to is two.
    explicit Bench(Variants which = Variants::all, std::size_t entries = 1)
        : chosen_(GENERATE_COPY(from_range(TheSetting::variants(which, entries)))),
          poller(chosen_.variant.options),
          world(poller.backend()) {}
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    ~Bench() {
        if constexpr (swept && TheSetting::real) {
            checkAftermath<Source>(poller, world);
        }
    }

    // --- attaching

    Channel& attach(std::uint64_t number, Source source) {
        std::error_code ec;
        Channel* const channel = poller.attachChannel(ChannelNumber{number}, std::move(source), ec);
        INFO(ec.message());
        Heard::note(ec);
        REQUIRE(channel != nullptr);
        return *channel;
    }
    Channel& attach(std::uint64_t number, const EndsPtr& ends, Triggers intent) {
        return attach(number, Source(ends->handle(), intent));
    }
    // Tries to; the error.
    [[nodiscard]] std::error_code refusal(std::uint64_t number, polleros::HandleRef handle, Triggers intent) {
        std::error_code ec;
        Channel* const channel = poller.attachChannel(ChannelNumber{number}, Source(handle, intent), ec);
        Heard::note(ec);
        CHECK((channel == nullptr) == static_cast<bool>(ec));
        return ec;
    }
    [[nodiscard]] Channel& channel(std::uint64_t number) {
        Channel* const found = poller.find(ChannelNumber{number});
        REQUIRE(found != nullptr);
        return *found;
    }
    void want(std::uint64_t number, Triggers intent) { channel(number).source().wanted = intent; }

    // --- waiting

    polleros::WaitResult wait(Timeout timeout = Timeout::immediately()) {
        std::error_code ec;
        const polleros::WaitResult result = poller.waitTriggers(timeout, ec);
        INFO(ec.message());
        Heard::note(ec);
        REQUIRE_FALSE(ec);
        return result;
    }
    // One wait, and all that it reports.
    [[nodiscard]] std::vector<Report> next(Timeout timeout = Timeout::immediately()) {
        wait(timeout);
        std::vector<Report> reports;
        for (auto& reported : poller.triggered()) {
            Heard::note(reported.error());
            reports.push_back({static_cast<std::uint64_t>(reported.number()), reported.act(), reported.error()});
        }
        return reports;
    }
    // Enough waits that every ready channel has its turn however few fit into one; what each was told, united.
    [[nodiscard]] Told sweep() {
        Told told;
        for (std::size_t turn = 0; turn <= poller.size(); ++turn) {
            for (const Report& report : next()) {
                told[report.number] |= report.act;
            }
        }
        return told;
    }
    // What one wait tells this channel, which must be the only one told anything.
    [[nodiscard]] Triggers only(std::uint64_t number, Timeout timeout = Timeout::immediately()) {
        Triggers told;
        for (const Report& report : next(timeout)) {
            CHECK(report.number == number);
            told |= report.act;
        }
        return told;
    }
    // A wait of this length reports nothing and takes its time.
    void checkQuiet(std::chrono::nanoseconds length) {
        const auto before = poller.now();
        const CpuBudget budget;
        const polleros::WaitResult result = wait(length);
        CHECK(result.timedOut);
        CHECK(result.channels == 0);
        CHECK(poller.now() - before >= length);
    }

    [[nodiscard]] std::string name() const { return TheSetting::name(); }
    [[nodiscard]] const Variant& variant() const { return chosen_.variant; }
    [[nodiscard]] std::size_t maxEvents() const { return chosen_.variant.options.maxEvents; }

private:
    Chosen chosen_; // before the poller, which it makes the kernel old for
    // Printed with every failure.
    Catch::ScopedMessage message_{
        Catch::MessageBuilder(Catch::StringRef("INFO"), CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info)
        << chosen_.variant.describe()};

public:
    Poller poller;
    World<TheSetting> world;
};

} // namespace polleros_test

// What all cases share is compiled once, by bench.cpp: it is half of the work. One list for both. (A program for a mutant is
// one file, and compiles only what that needs.)
#define POLLEROS_BENCH(extern_, number)                                                                                \
    extern_ template class polleros::Poller<polleros_test::TestSetting<number>::Backend,                               \
                                            polleros_test::TestSetting<number>::Source>;                               \
    extern_ template class polleros_test::World<polleros_test::TestSetting<number>>;                                   \
    extern_ template class polleros_test::Bench<polleros_test::TestSetting<number>>;
#if defined(POLLEROS_TEST_ONLY)
#define POLLEROS_BENCHES(extern_)
#elif POLLEROS_TEST_ANY_ONLY
#define POLLEROS_BENCHES(extern_) POLLEROS_BENCH(extern_, 0)
#elif defined(POLLEROS_TEST_SWEPT) && (POLLEROS_TEST_KQUEUE || defined(_WIN32))
#define POLLEROS_BENCHES(extern_) POLLEROS_BENCH(extern_, 0)
#elif defined(POLLEROS_TEST_SWEPT)
#define POLLEROS_BENCHES(extern_) POLLEROS_BENCH(extern_, 0) POLLEROS_BENCH(extern_, 1)
#elif !POLLEROS_TEST_SCRIPTED
#define POLLEROS_BENCHES(extern_) POLLEROS_BENCH(extern_, 0) POLLEROS_BENCH(extern_, 1) POLLEROS_BENCH(extern_, 2)
#else
#define POLLEROS_BENCHES(extern_)                                                                                      \
    POLLEROS_BENCH(extern_, 0)                                                                                         \
    POLLEROS_BENCH(extern_, 1)                                                                                         \
    POLLEROS_BENCH(extern_, 2)                                                                                         \
    POLLEROS_BENCH(extern_, 3)                                                                                         \
    POLLEROS_BENCH(extern_, 4)
#endif
POLLEROS_BENCHES(extern)
