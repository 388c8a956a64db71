// SPDX-License-Identifier: MIT
// An EventSet that runs a program. Some of its handles are one-shots, some of its waits have room for one event only.
// Beyond what all facades make of the operations:
//
//     setIntent        modify(), or addEvents() and removeEvents(): the mask is exact, and the end is told again
//     attachTwice      add(), which is refused
//     wake             wakeup(), for which one wait ends
//     closeBehind      told as `error`, once, or not at all; then, or when somebody modifies it, it is not in the set
#pragma once

#include "facade_lane.hpp"
#include "support/backends.hpp"

#include <polleros/event_set.hpp>

#include <algorithm>
#include <array>

namespace polleros_test {

template <class B>
class EventSetLane final : public FacadeLane {
    using Set = polleros::EventSet<B, std::uint64_t>;
    using Event = polleros::SetEvent<std::uint64_t>;
    using Flag = polleros::EventFlag;
    using Events = polleros::Events;
    using TheKernel = LaneKernel<B>;

    // What is added of a channel.
    struct Watch {
        Events asked;
        bool changed = true; // since the last wait
        bool oneShot = false;
        bool spent = false;   // a one-shot that was told
        bool ended = false;   // the end was told
        bool crowded = false; // it may have had to wait for room
        Events lately;        // what could have been told since it was asked the last time, or was told
        bool ousted = false;  // somebody else was added with its number
        bool strange = false; // somebody else has its number, and could not be added
        std::optional<polleros::ChannelNumber> registration;
    };
    // Who was ousted, is closed, and was not told so yet.
    struct Ghost {
        polleros::NativeHandle handle;
        Events may;
    };
    struct Expected {
        Events must;
        Events may; // the former included
    };
    using ToldEvents = std::map<std::uint64_t, Events>;

public:
    EventSetLane(const Program& program, std::size_t index)
        : FacadeLane("EventSet", TheKernel::name(), index),
          system_(program.system()),
          set_({.maxEvents = program.maxEvents(), .poller = {.wakeByPipe = program.wakeByPipe()}}),
          roomy_(program.maxEvents() == events_.size()) {}

private:
    // Intents do without hangup, which is watched unasked.
    [[nodiscard]] static Events eventsOf(Triggers intent) {
        return whenSo(intent.has(recv), Flag::read) | whenSo(intent.has(send), Flag::write);
    }

    // --- operations

    // Who is in the set with this handle, to be reached by it; 0 if nobody is.
    [[nodiscard]] std::uint64_t ownerOf(polleros::NativeHandle handle) const {
        const auto found = std::find_if(watches_.begin(), watches_.end(), [&](const auto& entry) {
            return heres_.at(entry.first).number == handle && !entry.second.ousted;
        });
        return found != watches_.end() ? found->first : 0;
    }
    // Nobody else is in the set with its number, not even somebody who has lost it.
    [[nodiscard]] bool isAlone(std::uint64_t number) const {
        const polleros::NativeHandle handle = heres_.at(number).number;
        return std::none_of(watches_.begin(), watches_.end(),
                            [&](const auto& entry) {
                                return entry.first != number && heres_.at(entry.first).number == handle;
                            }) &&
               std::none_of(ghosts_.begin(), ghosts_.end(),
                            [&](const auto& entry) { return entry.second.handle == handle; });
    }
    void enter(std::uint64_t number, unsigned variety) override {
        const polleros::NativeHandle handle = heres_.at(number).number;
        Watch made;
        made.asked = eventsOf(channel(number).intent);
        made.oneShot = variety >= 192;
        const std::uint64_t former = ownerOf(handle);
        const std::error_code ec = outdoors([&] {
            return set_.add(handle, made.asked, number,
                            made.oneShot ? polleros::Delivery::oneShot : polleros::Delivery::level);
        });
        if (former != 0 && ec == polleros::Errc::alreadyAttached) { // who can tell that this is another file?
            watches_.at(former).strange = true;
            return;
        }
        require(!ec, "a handle of nobody's is added", number);
        if (former != 0) {
            watches_.at(former).ousted = true;
        }
        watches_[number] = made;
    }
    void change(std::uint64_t number, unsigned variety) override {
        const polleros::NativeHandle handle = heres_.at(number).number;
        const Events asked = eventsOf(channel(number).intent);
        const auto found = watches_.find(number);
        if (found == watches_.end() || found->second.ousted) {
            if (isAlone(number)) {
                const bool dead = watches_.erase(number) != 0;
                require(set_.modify(handle, asked) == (dead ? polleros::Errc::badHandle : polleros::Errc::notFound),
                        "who is not in the set is not found", number);
            }
            return;
        }
        Watch& watch = found->second;
        std::error_code ec;
        if (variety % 2 == 0) {
            ec = outdoors([&] { return set_.modify(handle, asked); });
        } else {
            ec = outdoors([&] { return set_.addEvents(handle, asked - watch.asked); });
            ec = ec ? ec : outdoors([&] { return set_.removeEvents(handle, watch.asked - asked); });
        }
        if (channel(number).orphaned && !watch.strange && !mayBeAnybodys(number)) {
            const bool mustKnow = TheKernel::keepsFiles && asked != watch.asked;
            require(ec == polleros::Errc::badHandle || (!ec && !mustKnow), "a closed handle cannot be modified",
                    number);
        } else {
            require(!ec || channel(number).orphaned, "who is in the set can be modified", number);
        }
        if (ec) {
            watches_.erase(found);
            return;
        }
        watch.asked = asked;
        watch.spent = watch.ended = watch.crowded = false;
        watch.changed = true;
        watch.lately = {};
    }
    void enterAgain(std::uint64_t number) override {
        if (watches_.count(number) != 0) {
            require(set_.add(heres_.at(number).number, Flag::read, 0) == polleros::Errc::alreadyAttached,
                    "a handle is added once", number);
        }
    }
    void leave(std::uint64_t number) override {
        const polleros::NativeHandle handle = heres_.at(number).number;
        const auto found = watches_.find(number);
        const bool isThere = found != watches_.end();
        if ((isThere && !found->second.ousted) || isAlone(number)) {
            require(outdoors([&] { return set_.remove(handle); }) == isThere, "who is in the set can be removed",
                    number);
        } else if (isThere) {
            const Watch& watch = found->second;
            ghosts_[number] = {handle, watch.crowded ? watch.lately | Flag::error : Flag::error};
        }
        watches_.erase(number);
    }
    void wakeUp() override {
        ++begunWakeups_;
        set_.wakeup();
        ++wakeups_;
    }
    // How many there must be left. One may have ended a wait before its thread could count it.
    [[nodiscard]] std::size_t wakeupsDue() const {
        const std::size_t come = wakeups_;
        const std::size_t ended = endedWakeups_;
        return come > ended ? come - ended : 0;
    }
    // The same from other threads, but never more than a few that no wait has ended for: else none would sleep.
    void wakeUpSometimes() {
        if (begunWakeups_ - endedWakeups_ < Weather::threads) {
            wakeUp();
        }
    }
    void disturb(polleros::NativeHandle handle, unsigned step) override {
        switch (step % 4) {
        case 0: requireOfOthers(!set_.add(handle, Flag::read, 0), "another thread can add a handle"); break;
        case 1: requireOfOthers(!set_.modify(handle, {}), "another thread can modify a handle"); break;
        case 2:
            requireOfOthers(!set_.addEvents(handle, Flag::read), "another thread can ask for more");
            wakeUpSometimes();
            break;
        default: requireOfOthers(set_.remove(handle), "another thread can remove a handle"); break;
        }
        requireOfOthers(set_.maxHandles() == 0, "a limit is what it was");
    }

    // --- waits

    [[nodiscard]] Expected expected(std::uint64_t number, const Watch& watch) const {
        constexpr Events all{Flag::read, Flag::write, Flag::error, Flag::hangup};
        const ChannelState& state = channel(number);
        if (watch.strange || watch.ousted) {
            return watch.strange ? Expected{{}, all} : Expected{Flag::error, Flag::error};
        }
        if (mayBeAnybodys(number)) {
            return {{}, all};
        }
        Expected told;
        const bool watched = !watch.spent && !(watch.ended && watch.asked.empty());
        if (watched && (!state.orphaned || (TheKernel::keepsFiles && state.duplicated))) {
            told = of(state, watch);
        }
        if (state.orphaned) {
            told.must = watched && TheKernel::noticesClosed ? Flag::error : Events();
            told.may |= Flag::error;
        }
        return told;
    }
    [[nodiscard]] static Expected of(const ChannelState& state, const Watch& watch) {
        const Object& object = state.object;
        const Expectation core = object.expect(polleros::when(watch.asked.has(Flag::read), recv) |
                                               polleros::when(watch.asked.has(Flag::write), send) | hangup);
        Expected told;
        // (Wine may have taken a reset's error by then.)
        told.must = eventsOf(core.must) | whenSo(object.error && Kernel::readTellsReset, Flag::error);
        told.may = told.must | whenSo(core.may.has(err), Flag::error);
        // Who reads learns of the end when nothing is left to read, or together with an error.
        // (Nobody can look what there is to read of a file that has no number.)
        const bool behind = watch.asked.has(Flag::read) && object.unread != 0 && !state.orphaned;
        if (!watch.ended) {
            told.must |= whenSo(core.must.has(hangup) && !behind, Flag::hangup);
            told.may |= whenSo((core.must | core.may).has(hangup) && (!behind || core.may.has(err)), Flag::hangup);
        }
        return told;
    }

    void wait(const Operation& operation) override {
        using namespace std::chrono_literals;
        turn(operation.what % 4 == 0 ? polleros::Timeout(1ms) : polleros::Timeout::immediately(),
             operation.what >= 192 ? 1 : events_.size());
    }
    ToldEvents turn(polleros::Timeout timeout, std::size_t room) {
        using namespace std::chrono_literals;
        ++waits_;
        timeout = Weather::current().takesTime() ? polleros::Timeout(1ms) : timeout;
        for (const Operation& operation : deferred_.takeBetween()) {
            act(operation);
        }
        std::map<std::uint64_t, Expected> expectations;
        bool anyMust = false;
        for (auto& [number, watch] : watches_) {
            Expected& told = expectations[number] = expected(number, watch);
            watch.lately |= told.may;
            // What was kept for it while there was no room may not be so any more.
            told.may |= watch.oneShot ? watch.lately : watch.lately & whenSo(watch.crowded, Flag::hangup);
            if (TheKernel::answersOnce) {
                told.may |= watch.lately | (eventsOf(heres_.at(number).lately) & watch.asked);
                told.must = std::exchange(watch.changed, false) ? Events() : told.must;
            }
            anyMust = anyMust || !told.must.empty();
        }
        std::error_code ec;
        const bool mustWake = wakeupsDue() != 0;
        const auto before = std::chrono::steady_clock::now();
        const polleros::WaitResult result =
            outdoors([&] { return set_.wait(std::span(events_).first(room), timeout, ec); });
        seen();
        require(!ec, "a wait works");
        require(result.channels <= std::min(room, set_.maxEvents()), "no more is told than there is room for");
        require(result.channels != 0 || result.woken || !mustWake, "a wakeup ends one wait");
        require(!result.woken || endedWakeups_++ != begunWakeups_, "nobody is woken by nobody");
        require(result.timedOut == (result.channels == 0 && !result.woken), "a wait has a reason to end");
        require(!result.timedOut || timeout.isImmediate() || std::chrono::steady_clock::now() - before >= 1ms,
                "no wait ends early");
        const bool crowded = state_.forgetful || TheKernel::takesDataForHangup; // by what nobody is told
        require(!anyMust || result.channels != 0 || result.woken || (!roomy_ && crowded),
                "no wait passes over all who are ready");

        const std::span<const Event> batch = std::span(events_).first(result.channels);
        ToldEvents all;
        for (const Event& event : batch) {
            require(all.emplace(event.data, event.events).second, "each is told once", event.data);
            hear(event, expectations[event.data].may);
        }
        const bool first =
            TheKernel::refusalsComeAlone && state_.orphans; // who may be found out before others are told
        checkTold(expectations, all, roomy_ && room == events_.size() && !first);
        require(isSize(set_.size(), watches_.size() + ghosts_.size()), "the size is the number of handles");
        unsigned callback = 0;
        for (const Event& event : batch) {
            const auto found = watches_.find(event.data);
            require(set_.current(event) ==
                        (found != watches_.end() && found->second.registration == event.registration),
                    "an event is current for as long as it is in the set", event.data);
            runHandlers(callback++);
        }
        while (deferred_.anyForHandlers()) {
            runHandlers(callback++);
        }
        return all;
    }
    void runHandlers(unsigned callback) {
        for (const Operation& operation : deferred_.takeFor(callback)) {
            act(operation);
        }
    }

    void hear(const Event& event, Events allowed) {
        const std::uint64_t number = event.data;
        if (const auto ghost = ghosts_.find(number); ghost != ghosts_.end()) {
            require(event.events.has(Flag::error), "who has lost its number is told that", number);
            requireWithin(event.events, ghost->second.may, "only what is so is told", number);
            ghosts_.erase(ghost);
            return;
        }
        const auto found = watches_.find(number);
        require(found != watches_.end(), "who is told is in the set", number);
        Watch& watch = found->second;
        require(event.handle == heres_.at(number).number, "an event is of its handle", number);
        require(!event.events.empty(), "who is told has a reason", number);
        requireWithin(event.events, allowed, "only what is so is told", number);
        if (!watch.registration) {
            require(used_.insert(event.registration).second, "a registration is like no other", number);
            watch.registration = event.registration;
        }
        require(watch.registration == event.registration, "a registration stays what it is", number);
        watch.ended = watch.ended || event.events.has(Flag::hangup);
        watch.spent = watch.oneShot;
        watch.lately = {};
        if (event.events.has(Flag::error) && channel(number).orphaned && !set_.current(event)) {
            watches_.erase(found); // told once
        } else {
            const bool isLost = channel(number).orphaned && !watch.strange && !mayBeAnybodys(number) &&
                                !watch.crowded; // else it may be an old one
            require(!isLost || !event.events.has(Flag::error) || (TheKernel::keepsFiles && channel(number).duplicated),
                    "who is told that its handle is closed is not in the set", number);
        }
    }

    // Level: what is so is told by every wait that has room for all.
    void checkTold(const std::map<std::uint64_t, Expected>& expectations, const ToldEvents& all, bool room) {
        for (const auto& [number, expectation] : expectations) {
            const auto told = all.find(number);
            const auto found = watches_.find(number);
            const bool kept = found != watches_.end() && found->second.oneShot && found->second.crowded;
            if (room && !expectation.must.empty()) {
                require(told != all.end(), "who is ready is told", number);
                requireWithin(kept ? Events() : expectation.must, told->second, "what is so is told", number);
            }
            if (found != watches_.end()) {
                found->second.crowded = (found->second.crowded || !room) && told == all.end();
            }
        }
    }

    // Enough waits that everybody has a turn, in peace.
    void sweep() override {
        if (deferred_.anyForHandlers() || deferred_.anyBetween()) {
            turn(polleros::Timeout::immediately(), events_.size());
        }
        std::map<std::uint64_t, Expected> before;
        for (const auto& [number, watch] : watches_) {
            if (!watch.oneShot || !watch.crowded) { // else it may be told what was so before
                before[number] = expected(number, watch);
            }
        }
        const std::size_t room = set_.maxEvents() == 2 ? 1 : events_.size();
        const std::size_t turns = (roomy_ ? 3 : 4 * watches_.size() + 4) + 2 * wakeupsDue();
        ToldEvents all;
        for (std::size_t count = 0; count < turns; ++count) {
            for (const auto& [number, told] : turn(polleros::Timeout::immediately(), room)) {
                all[number] |= told;
            }
        }
        for (const auto& [number, expectation] : before) {
            // A kernel that tells in parts may have told no more of a one-shot, or of who shares the room with others.
            const bool inParts = !roomy_ && TheKernel::takesDataForHangup && !all[number].empty();
            requireWithin(inParts ? Events() : expectation.must, all[number], "who is ready is told so within a sweep",
                          number);
        }
        checkHandles();
    }
    void checkHandles() {
        std::multiset<polleros::NativeHandle> added;
        for (const auto& [number, watch] : watches_) {
            added.insert(heres_.at(number).number);
        }
        std::vector<polleros::NativeHandle> all = set_.handles();
        std::erase_if(all, [&](polleros::NativeHandle handle) { return isBystander(handle); });
        require(!ghosts_.empty() || std::multiset<polleros::NativeHandle>(all.begin(), all.end()) == added,
                "the handles are those that were added");
    }

    TheKernel system_;
    Set set_;
    std::array<Event, 64> events_;
    bool roomy_;
    std::map<std::uint64_t, Watch> watches_;
    std::map<std::uint64_t, Ghost> ghosts_;
    std::set<polleros::ChannelNumber> used_;
    std::atomic<std::size_t> begunWakeups_{0}; // which may not have come yet
    std::atomic<std::size_t> wakeups_{0};      // which have
    std::atomic<std::size_t> endedWakeups_{0}; // for which a wait has ended
};

} // namespace polleros_test
