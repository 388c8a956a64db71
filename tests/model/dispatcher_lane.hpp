// SPDX-License-Identifier: MIT
// A Dispatcher that runs a program. Some of its registrations keep half-open, some are told `writable` once only: their
// interval is an hour. Beyond what all facades make of the operations:
//
//     setIntent        registerHandle() anew: only the new handler is called, and is told all again
//     attachTwice      the same for the same kinds
//     wake             stop(), which is nothing but in a handler
//     wait             run(), which a handler stops whose handle is always readable: when it is called the second time
//                      everybody else has had a turn; some it stops the first time
//     closeBehind      told as `error`, once, or not at all
#pragma once

#include "facade_lane.hpp"
#include "support/backends.hpp"

#include <polleros/dispatcher.hpp>

#include <algorithm>

namespace polleros_test {

template <class B>
class DispatcherLane final : public FacadeLane {
    using Event = polleros::Event;
    using Kind = polleros::EventKind;
    using Kinds = polleros::EventKinds;
    using TheKernel = LaneKernel<B>;

    // What is registered of a channel.
    struct Watch {
        Kinds kinds;
        bool keepHalfOpen = false;
        bool writesOnce = false;
        std::uint64_t serial = 0;
        std::weak_ptr<int> handler; // while that lives
        bool changed = true;        // since the last wait
        bool written = false;
        bool ended = false;  // the end of the stream was told, and it goes on writing
        bool unsure = false; // whether it does
        bool over = false;   // the last error was told

        [[nodiscard]] bool reads() const { return !over && !ended && kinds.has(Kind::readable); }
        [[nodiscard]] bool writes() const { return !over && kinds.has(Kind::writable); }
        [[nodiscard]] bool isThrottled() const { return writesOnce && written; }
        [[nodiscard]] Triggers intent() const {
            return polleros::when(reads(), recv | hangup) | polleros::when(writes() && !isThrottled(), send) |
                   polleros::when(!over && kinds == Kinds(Kind::error), hangup);
        }
    };
    struct Expected {
        Kinds must;
        bool something = false; // one kind or another
    };
    using ToldKinds = std::map<std::uint64_t, Kinds>;

public:
    DispatcherLane(const Program& program, std::size_t index)
        : FacadeLane("Dispatcher", TheKernel::name(), index),
          system_(program.system()),
          dispatcher_({.writableInterval = std::chrono::nanoseconds(0),
                       .poller = {.maxEvents = program.maxEvents(), .wakeByPipe = program.wakeByPipe()}}),
          roomy_(program.maxEvents() == 64) {
        stopper_->peerWrite(1);
        // Always ready, or, where waits are to sleep, now and then.
        const Weather& weather = Weather::current();
        const bool sleeps = weather.takesTime() || weather.disturbs();
        const auto stop = [this](const Event&) {
            const Indoors inside;
            require(!stopped_, "nobody is called after stop()");
            if (++rounds_ == mostRounds_) {
                wakeUp();
            }
        };
        const std::error_code ec =
            dispatcher_.registerHandle(stopper_->handle(), sleeps ? Kind::writable : Kind::readable, stop,
                                       {.writableInterval = std::chrono::milliseconds(1)});
        require(!ec, "a handle of nobody's is registered");
    }

private:
    // Who sends and wants to know of the end reads.
    [[nodiscard]] static Kinds kindsOf(Triggers intent) {
        const Kinds kinds = whenSo(intent.has(recv) || intent.hasAll(send | hangup), Kind::readable) |
                            whenSo(intent.has(send), Kind::writable);
        return kinds.empty() ? Kinds(Kind::error) : kinds;
    }

    // --- operations

    void enter(std::uint64_t number, unsigned variety) override {
        const polleros::NativeHandle handle = heres_.at(number).number;
        const auto former = std::find_if(watches_.begin(), watches_.end(),
                                         [&](const auto& entry) { return heres_.at(entry.first).number == handle; });
        Watch before;
        if (former != watches_.end()) {
            before = former->second;
            watches_.erase(former);
        }
        Watch made;
        made.kinds = kindsOf(channel(number).intent);
        made.keepHalfOpen = variety % 2 == 0;
        made.writesOnce = variety >= 192;
        made.serial = ++lastSerial_;
        const auto token = std::make_shared<int>();
        made.handler = token;
        polleros::RegistrationOptions options{.keepHalfOpen = made.keepHalfOpen};
        if (made.writesOnce) {
            options.writableInterval = std::chrono::hours(1);
        }
        const auto handler = [this, number, serial = made.serial, held = token](const Event& event) {
            hear(number, serial, event);
        };
        const std::error_code ec =
            outdoors([&] { return dispatcher_.registerHandle(handle, made.kinds, handler, options); });
        checkDead(before, number);
        if (channel(number).orphaned) {
            require(ec == polleros::Errc::badHandle || mayBeAnybodys(number), "a closed handle cannot be registered",
                    number);
        } else {
            require(!ec, "a handle is registered, whoever was", number);
        }
        if (!ec) {
            watches_[number] = made;
        }
    }
    void change(std::uint64_t number, unsigned variety) override {
        if (!channel(number).orphaned || !isTaken(number)) {
            enter(number, variety);
        }
    }
    void enterAgain(std::uint64_t number) override { enter(number, 1); }
    void leave(std::uint64_t number) override {
        const auto found = watches_.find(number);
        if (found == watches_.end() && isTaken(number)) {
            return;
        }
        require(outdoors([&] { return dispatcher_.deregisterHandle(heres_.at(number).number); }) ==
                    (found != watches_.end()),
                "who is registered can be deregistered", number);
        if (found != watches_.end()) {
            checkDead(found->second, number);
            watches_.erase(found);
        }
    }
    void wakeUp() override {
        dispatcher_.stop();
        stopped_ = running_;
    }
    void disturb(polleros::NativeHandle handle, unsigned step) override {
        const auto hear = [this](const Event&) { requireOfOthers(false, "nobody is told of nothing"); };
        switch (step % 4) {
        case 0:
        case 1:
            requireOfOthers(!dispatcher_.registerHandle(handle, step % 4 == 0 ? Kind::readable : Kind::error, hear),
                            "another thread can register a handle");
            break;
        case 2: requireOfOthers(dispatcher_.size() >= 2, "another thread can count the handles"); break;
        default: requireOfOthers(dispatcher_.deregisterHandle(handle), "another thread can deregister a handle"); break;
        }
        requireOfOthers(!dispatcher_.error(), "a loop works");
    }
    // Somebody else has its number.
    [[nodiscard]] bool isTaken(std::uint64_t number) const {
        return std::any_of(heres_.begin(), heres_.end(), [&](const auto& entry) {
            return entry.first != number && entry.second.number == heres_.at(number).number;
        });
    }
    // Its handler is, but for one that is running.
    void checkDead(const Watch& former, std::uint64_t number) const {
        require(former.handler.expired() || former.serial == called_, "a handler dies with its registration", number);
    }

    // --- what is told

    [[nodiscard]] Expected expected(std::uint64_t number, const Watch& watch) const {
        const ChannelState& state = channel(number);
        const Object& object = state.object;
        const Triggers intent = watch.intent();
        Expected told;
        if (intent.empty() || watch.unsure) {
            return told;
        }
        if (state.orphaned) {
            told.must = whenSo(TheKernel::noticesClosed && !mayBeAnybodys(number), Kind::error);
            return told;
        }
        const Expectation core = object.expect(intent);
        const bool mayFail = core.may.has(err);
        const bool behind = watch.reads() && object.unread != 0;
        const bool ends = !behind && (core.must.has(hangup) || object.error);
        const bool goesOn = watch.keepHalfOpen && !mayFail;
        told.must = whenSo(behind, Kind::readable) | whenSo(ends, Kind::error) |
                    whenSo(core.must.has(send) && (behind || (ends ? goesOn : !mayFail)), Kind::writable);
        told.something = core.must.has(send);
        return told;
    }

    // A handler is called.
    void hear(std::uint64_t number, std::uint64_t serial, const Event& event) {
        const Indoors inside;
        require(++calls_ < 10'000, "a loop ends");
        require(!stopped_, "nobody is called after stop()", number);
        const auto found = watches_.find(number);
        require(found != watches_.end() && found->second.serial == serial, "who is not registered is silent", number);
        require(event.handle == heres_.at(number).number, "an event is of its handle", number);
        require((event.kind == Kind::error) == static_cast<bool>(event.error), "an error has a reason", number);
        require(!found->second.over, "an error is the last", number);
        switch (event.kind) {
        case Kind::readable: hearReadable(number, found->second); break;
        case Kind::writable: hearWritable(number, found->second); break;
        case Kind::error: hearError(number, found->second, event.error); break;
        }
        told_[number] |= event.kind;
        called_ = serial;
        for (const Operation& operation : deferred_.takeFor(callback_++)) {
            act(operation);
        }
        called_ = 0;
    }
    // Whether the file may be told of all the same, or was found ready before it was closed.
    [[nodiscard]] bool mayBeTold(std::uint64_t number) const {
        return !channel(number).orphaned || (TheKernel::keepsFiles && channel(number).duplicated) || !quiet_ ||
               mayBeAnybodys(number);
    }
    [[nodiscard]] Triggers lately(std::uint64_t number) const {
        return heres_.at(number).lately | channel(number).object.ready();
    }
    void hearReadable(std::uint64_t number, const Watch& watch) const {
        require(watch.reads() && mayBeTold(number), "readable is for who reads", number);
        const bool isNow = quiet_ && !TheKernel::answersOnce;
        require((isNow ? channel(number).object.unread != 0 : lately(number).has(recv)) || mayBeAnybodys(number),
                "readable is told of something to read", number);
    }
    void hearWritable(std::uint64_t number, Watch& watch) const {
        require(watch.writes() && mayBeTold(number), "writable is for who writes", number);
        require(!watch.isThrottled(), "writable is told once in an interval", number);
        require(lately(number).has(send) || mayBeAnybodys(number), "writable is told of room", number);
        watch.written = true;
    }
    void hearError(std::uint64_t number, Watch& watch, const std::error_code& error) {
        const bool end = error == polleros::Errc::endOfStream;
        ChannelState& state = state_.channels.at(number);
        Object& object = state.object;
        const bool mayFail = object.error || object.erred || object.isBroken();
        if (!state.orphaned) {
            require(error != polleros::Errc::badHandle, "who is healthy has no bad handle", number);
            require(!watch.reads() || object.unread == 0, "an error comes behind all data", number);
            require(end ? object.ended || object.closed || object.reset : mayFail, "an error has a cause", number);
            require(!end || !quiet_ || !object.error || !Kernel::readTellsReset, "an error is not told as an end",
                    number);
            const bool hearsOfEnd = watch.reads() || watch.kinds == Kinds(Kind::error);
            require(!end || hearsOfEnd || mayFail, "the end is told to who reads, or asks for nothing else", number);
            if (!end) { // which took it
                object.erred = object.erred || object.error;
                object.error = false;
            }
        } else if (quiet_ && !(TheKernel::keepsFiles && state.duplicated) && !mayBeAnybodys(number)) {
            require(error == polleros::Errc::badHandle, "a closed handle is a bad one", number);
        }
        const bool mayGoOn = end && watch.keepHalfOpen && watch.writes() && !watch.ended;
        watch.unsure = mayGoOn && (mayFail || state.orphaned || !quiet_);
        watch.ended = mayGoOn;
        watch.over = !mayGoOn;
    }

    // --- loops

    void wait(const Operation& operation) override { turn(operation.what % 4 == 0 ? 1 : 2); }
    ToldKinds turn(unsigned rounds = 2) {
        ++waits_;
        for (const Operation& operation : deferred_.takeBetween()) {
            act(operation);
        }
        quiet_ = !deferred_.anyForHandlers();
        std::map<std::uint64_t, Expected> expectations;
        for (auto& [number, watch] : watches_) {
            if (!(TheKernel::answersOnce && watch.changed)) {
                expectations[number] = expected(number, watch);
            }
            watch.changed = false;
            if (!TheKernel::answersOnce) {
                heres_.at(number).lately = {};
            }
        }
        told_.clear();
        mostRounds_ = rounds;
        rounds_ = calls_ = callback_ = 0;
        running_ = true;
        std::error_code ec;
        outdoors([&] { dispatcher_.run(ec); });
        require(!ec, "a loop works");
        require(std::exchange(stopped_, false), "a loop ends when it is told to");
        running_ = false;
        require(!dispatcher_.isRunning(), "a loop that has ended is none");
        require(isSize(dispatcher_.size(), watches_.size() + 1), "the size is the number of handles");
        seen();
        const bool first =
            TheKernel::refusalsComeAlone && state_.orphans; // who may be found out before others are told
        if (quiet_ && roomy_ && rounds == 2 && !first) {
            check(expectations, told_);
        }
        while (deferred_.anyForHandlers()) {
            for (const Operation& operation : deferred_.takeFor(callback_++)) {
                act(operation);
            }
        }
        return told_;
    }
    void check(const std::map<std::uint64_t, Expected>& expectations, ToldKinds& told) const {
        for (const auto& [number, expectation] : expectations) {
            requireWithin(expectation.must, told[number], "who is ready is told so", number);
            require(!expectation.something || !told[number].empty(), "who can go on is told something", number);
        }
    }
    // Enough loops that everybody has a turn, in peace.
    void sweep() override {
        if (deferred_.anyForHandlers() || deferred_.anyBetween()) {
            turn();
        }
        std::map<std::uint64_t, Expected> expectations;
        for (const auto& [number, watch] : watches_) {
            expectations[number] = expected(number, watch);
        }
        const std::size_t turns = roomy_ ? 2 : 2 * watches_.size() + 3;
        ToldKinds all;
        for (std::size_t count = 0; count < turns; ++count) {
            for (const auto& [number, kinds] : turn()) {
                all[number] |= kinds;
            }
        }
        check(expectations, all);
    }

    TheKernel system_;
    EndsPtr stopper_ = kernel_.ends(polleros_test::Kind::notifier);
    polleros::Dispatcher<B> dispatcher_;
    bool roomy_;
    std::map<std::uint64_t, Watch> watches_;
    std::uint64_t lastSerial_ = 0;

    // Of a loop.
    bool running_ = false;
    bool stopped_ = false;
    bool quiet_ = true; // handlers do nothing
    unsigned mostRounds_ = 0;
    unsigned rounds_ = 0; // that have been begun
    unsigned calls_ = 0;
    unsigned callback_ = 0;
    std::uint64_t called_ = 0; // the registration whose handler runs
    ToldKinds told_;
};

} // namespace polleros_test
