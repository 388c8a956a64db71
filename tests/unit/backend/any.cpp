// SPDX-License-Identifier: MIT
// backend::Any: who is chosen, by what, and that everything is done by the chosen one. (The contract runs over it, too.)
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/notifier.hpp"

#include <polleros/backend/any.hpp>
#include <polleros/backend/scripted.hpp>
#include <polleros/dispatcher.hpp>
#include <polleros/event_set.hpp>
#include <polleros/poller.hpp>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::Options;
using polleros::SocketSource;
using polleros::Timeout;
using polleros::Triggers;
using polleros::backend::Any;
using polleros::backend::AnyOf;
using polleros::backend::Native;
using polleros::backend::Poll;
using polleros::backend::Scripted;

namespace {

const std::string native(Native::name());

// What POLLEROS_BACKEND says for as long as this lives.
class Environment {
public:
    explicit Environment(const std::string& value) {
        if (const char* const before = std::getenv("POLLEROS_BACKEND")) {
            before_ = before;
        }
        set(value);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() { set(before_); }

private:
    static void set(const std::string& value) { // to nothing: as good as not at all
#if defined(_WIN32)
        ::_putenv_s("POLLEROS_BACKEND", value.c_str());
#else
        ::setenv("POLLEROS_BACKEND", value.c_str(), 1);
#endif
    }

    std::string before_;
};

// Who is chosen by these options; nobody if there is an error.
template <class B = Any>
std::string chosen(const std::string& names, std::error_code& ec) {
    Options options;
    options.backend = names;
    const polleros::Poller<B> poller(options, ec);
    return ec ? std::string() : std::string(poller.backendName());
}
template <class B = Any>
std::string chosen(const std::string& names = {}) {
    std::error_code ec;
    const std::string name = chosen<B>(names, ec);
    INFO(ec.message());
    CHECK_FALSE(ec);
    return name;
}

struct Timed {
    polleros::NativeHandle fd;
    polleros::TimePoint due;

    [[nodiscard]] polleros::NativeHandle handle() const { return fd; }
    [[nodiscard]] Triggers triggers() const { return notify; }
    [[nodiscard]] polleros::TimePoint deadline() const { return due; }
};

} // namespace

TEST_CASE("there are the native backend and poll to choose from, the native one first") {
    STATIC_REQUIRE(polleros::Backend<Any>);
    STATIC_REQUIRE(Any::available().front() == Native::name());
    STATIC_REQUIRE(Any::available().back() == "poll");
    STATIC_REQUIRE(Any::available().size() == (Native::name() == "poll" ? 1 : 2));
}

TEST_CASE("without a name the native one is chosen") {
    const Environment says("");
    CHECK(chosen() == native);
}

TEST_CASE("the options choose, by one name or by the first of several that there is") {
    const Environment says("poll"); // nobody listens to it
    CHECK(chosen("poll") == "poll");
    CHECK(chosen(native) == native);
    CHECK(chosen("poll," + native) == "poll");
    CHECK(chosen(native + ",poll") == native);
    CHECK(chosen("nosuch,neither,poll") == "poll");
    CHECK(chosen("nosuch," + native + ",poll") == native);
    CHECK(chosen(",," + native + ",") == native);
}

TEST_CASE("the environment chooses when the options do not") {
    {
        const Environment says("poll");
        CHECK(chosen() == "poll");
        CHECK(chosen(native) == native);
    }
    {
        const Environment says("nosuch," + native);
        CHECK(chosen() == native);
    }
    const Environment says("nosuch");
    std::error_code ec;
    CHECK(chosen("", ec).empty());
    CHECK(ec == Errc::unknownBackend);
    CHECK(chosen("poll") == "poll");
}

TEST_CASE("if no name is known, the error says which there are, and the poller is unusable") {
    for (const std::string names : {"nosuch", "pol", "poll ", "POLL", ",", "nosuch,neither"}) {
        CAPTURE(names);
        std::error_code ec;
        Options options;
        options.backend = names;
        polleros::Poller<Any> poller(options, ec);
        CHECK(ec == Errc::unknownBackend);
        CHECK(ec == polleros::errorCode(Errc::unknownBackend).default_error_condition());
        CHECK_FALSE(ec == Errc::badPoller);
        CHECK(std::string(ec.category().name()) == "polleros");
        CHECK(ec.message() == "no backend of that name here; there are: " +
                                  (native == "poll" ? std::string("poll") : native + ", poll"));

        CHECK(poller.attachChannel(SocketSource({}, recv), ec) == nullptr);
        CHECK(ec == Errc::badPoller);
        CHECK_FALSE(poller.waker(ec));
        CHECK(ec == Errc::badPoller);
        const auto before = std::chrono::steady_clock::now();
        CHECK(poller.now() >= before);
        CHECK_FALSE(polleros::isSet(poller.nativeHandle()));
    }
    CHECK_FALSE(std::error_code() == Errc::unknownBackend);
#if POLLEROS_EXCEPTIONS
    CHECK_THROWS_WITH(polleros::Poller<Any>({.backend = "nosuch"}),
                      Catch::Matchers::ContainsSubstring("there are: " + native));
#endif
}

TEST_CASE("other backends have one name, whatever the options say") {
    CHECK(chosen<Native>("nosuch") == native);
    CHECK(chosen<Poll>(native) == "poll");
    CHECK(chosen<Scripted>("poll") == "scripted");
}

TEST_CASE("what cannot be made is passed over, if there is another one behind it") {
    const Environment says("");
    using Tested = AnyOf<Scripted, Poll>;
    const auto refuse = [] { Scripted::failNext(Scripted::Call::create, EMFILE); };
    SECTION("in the order of preference") {
        CHECK(chosen<Tested>() == "scripted");
        refuse();
        CHECK(chosen<Tested>() == "poll");
        CHECK(chosen<Tested>() == "scripted"); // nothing is remembered
    }
    SECTION("in the order of the names") {
        refuse();
        CHECK(chosen<Tested>("scripted,poll") == "poll");
        refuse();
        CHECK(chosen<Tested>("scripted,nosuch,scripted,poll") == "scripted"); // the second time it can be had
        refuse();
        CHECK(chosen<Tested>("poll,scripted") == "poll"); // not even tried
        CHECK(chosen<Tested>("scripted,poll") == "poll"); // but now
    }
    SECTION("and what the last one says is the error") {
        std::error_code ec;
        refuse();
        CHECK(chosen<Tested>("nosuch,scripted,neither", ec).empty());
        CHECK(ec.value() == EMFILE);
        const polleros::Memory none{[](void*, void*, std::size_t, std::size_t) -> void* { return nullptr; }, nullptr};
        const polleros::Poller<Any> poller({.memory = none}, ec);
        CHECK(ec == Errc::outOfMemory);
    }
}

TEST_CASE("a set of one's own: a reactor that can be told to run on a script") {
    polleros::Poller<AnyOf<Native, Scripted>> poller({.backend = "scripted"});
    CHECK(poller.backend().as<Native>() == nullptr);
    auto* const scripted = poller.backend().as<Scripted>();
    REQUIRE(scripted != nullptr);
    const auto before = poller.now();
    CHECK(poller.waitTriggers(1h).timedOut); // at once
    CHECK(poller.now() - before == 1h);
    CHECK(scripted->count(Scripted::Call::wait) == 1);
}

TEST_CASE("the chosen one does it all, and stays chosen") {
    const std::string name = GENERATE(true, false) ? native : "poll";
    CAPTURE(name);
    std::optional<polleros::Poller<Any, Timed>> made;
    {
        std::string text = name; // which need not live as long as the poller
        Options options;
        options.backend = text;
        made.emplace(options);
        text.assign(text.size(), '?');
    }
    const Environment says(name == "poll" ? native : "poll"); // too late
    auto& poller = *made;

    CHECK(poller.backendName() == name);
    CHECK((poller.backend().as<Native>() != nullptr) == (name == native));
    CHECK((poller.backend().as<Poll>() != nullptr) == (name == "poll"));
    CHECK(poller.backend().capabilities() == (name == "poll" ? Poll::capabilities() : Native::capabilities()));
    CHECK(polleros::isSet(poller.nativeHandle()) == poller.backend().capabilities().has(polleros::Capability::nests));

    const Fd busy = makeNotifier(1);
    const Fd idle = makeNotifier();
    auto& first = poller.attachChannel(ChannelNumber{1}, Timed{busy.get(), polleros::noDeadline});
    auto& second = poller.attachChannel(ChannelNumber{2}, Timed{idle.get(), polleros::noDeadline});
    const auto checkWorks = [&] {
        CHECK(poller.waitTriggers(1s).channels == 1);
        CHECK(first.act() == Triggers{notify});

        takeNotices(busy.get());
        second.source().due = poller.now() + 2ms; // without an alarm, too
        CHECK(poller.waitTriggers(Timeout::never()).triggers == Triggers{timeout});
        second.source().due = polleros::noDeadline;

        // The wake handle is one that this backend can wait for, and is quiet when it was heard.
        const polleros::Waker waker = poller.waker();
        static_cast<void>(poller.prepare()); // as good as waiting: it is signalled
        waker.wake();
        CHECK(poller.harvest().woken);
        CHECK(poller.waitTriggers(2ms).timedOut);
        CHECK(poller.stats().lateWakes == 0);
        notifyMore(busy.get(), 1);
    };
    checkWorks();
    CHECK_FALSE(poller.resetAfterFork()); // harmless without one: a new set, and a new wake handle
    CHECK(poller.backendName() == name);
    checkWorks();
}

TEST_CASE("an EventSet and a Dispatcher stand on it, too") {
    for (const std::string& name : {native, std::string("poll")}) {
        CAPTURE(name);
        const Fd busy = makeNotifier(1);
        polleros::EventSet<Any, int> set({.poller = {.backend = name}});
        CHECK(set.backendName() == name);
        REQUIRE_FALSE(set.add(busy.get(), polleros::EventFlag::read, 5));
        polleros::EventBatch<int> batch;
        REQUIRE(set.wait(batch, 5s).channels == 1);
        CHECK(batch[0].data == 5);

        polleros::Dispatcher<Any> dispatcher({.poller = {.backend = name}});
        CHECK(dispatcher.backendName() == name);
        int told = 0;
        REQUIRE_FALSE(dispatcher.registerHandle(busy.get(), polleros::EventKind::readable, [&](const auto&) {
            ++told;
            dispatcher.stop();
        }));
        dispatcher.run();
        CHECK(told == 1);
    }
}

} // namespace polleros_test
