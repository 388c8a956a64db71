// SPDX-License-Identifier: MIT
// The bodies of Lane that wait, and what every wait has to keep.
#pragma once

#include "lane.hpp"

#include <algorithm>

namespace polleros_test {

template <class B, Locality l>
void Lane<B, l>::wait(polleros::Timeout timeout, bool quietly) {
    ++waits_;
    Weather& weather = Weather::current();
    using namespace std::chrono_literals;
    timeout = weather.takesTime() ? polleros::Timeout(1ms) : timeout;
    bool dataForHangup = false;
    bool silent = !state_.woken && !mayForget();
    bool refused = false; // a change may be
    for (auto& [number, here] : heres_) {
        look(number, here);
        const Triggers asked = here.atWait.intent;
        dataForHangup = dataForHangup || (TheKernel::takesDataForHangup && asked.has(hangup) && !asked.has(recv));
        const bool quiet = here.atWait.marked || !here.ref;
        const Expectation expected = quiet ? Expectation{} : here.atWait.expect();
        const Triggers possible = expected.must | (expected.may - err) | stillTold(here) | here.latelyAtWait;
        refused = refused || here.due || here.contested || here.entangled;
        silent = silent && possible.empty() && !refused;
    }
    const bool embedded = deferred_.anyBetween();
    silent = silent && !embedded;

    const auto before = poller_.now();
    const auto oddities = [&] {
        const polleros::Stats& stats = poller_.stats();
        return stats.staleEvents + stats.lateWakes;
    };
    const std::uint64_t odd = oddities();
    const std::uint64_t rebuilds = poller_.stats().rebuilds;
    std::error_code ec;
    const polleros::WaitResult result = waitOnce(timeout, ec);
    // What is the poller's own, or stale, takes room too; and on a kqueue data at a channel that asks for {hangup}.
    const bool crowded = !roomy_ && (result.woken || dataForHangup || odd != oddities());
    require(!ec, "a wait works");
    require(result.channels != 0 || result.woken || result.timedOut, "a wait has a reason to end");
    const bool woken = std::exchange(state_.woken, false);
    require(result.woken == woken || (result.woken && (embedded || weather.disturbs())), "a wake is told once");
    require(!result.handleReplaced || mayForget(), "nothing was forgotten");
    if (rebuilds != poller_.stats().rebuilds) {
        orphansLeft();
    }
    if (silent) {
        require(result.timedOut != result.woken && result.channels == 0, "with nothing to tell, nobody is told");
        require(result.woken || timeout.isImmediate() || poller_.now() - before >= 1ms, "no wait ends early");
    }
    for (auto& [number, channel] : state_.channels) {
        channel.settled = true;
    }
    if (!embedded) {
        checkRegistered();
    }
    count();
    if (roomy_) { // and all that was so is told by now
        for (auto& [number, here] : heres_) {
            here.lately = {};
        }
    }
    iterate(result, quietly);
    // A refused change ends a kevent() before it looks for events: the others are told by the next.
    if (quietly && !(TheKernel::refusalsComeAlone && refused)) {
        checkTold(result, crowded);
    }
}

// By itself, or in another loop; who touches something there may end its wait.
template <class B, Locality l>
polleros::WaitResult Lane<B, l>::waitOnce(polleros::Timeout timeout, std::error_code& ec) {
    polleros::WaitResult result;
    Weather::current().waitStarts();
    if (!deferred_.anyBetween()) {
        result = poller_.waitTriggers(timeout, ec);
        Weather::current().waitEnds();
        return result;
    }
    static_cast<void>(poller_.prepare(ec));
    Weather::current().waitEnds();
    require(!ec, "a loop can be prepared for");
    checkRegistered();
    for (const Operation& operation : deferred_.takeBetween()) {
        act(operation);
    }
    for (auto& [number, here] : heres_) {
        here.atWait.object = state_.channels.at(number).object;
        here.entangled = here.entangled || (here.atWait.orphaned && kernel_.isOpen(here.number));
    }
    return poller_.harvest(ec);
}

// What the wait finds, and what it may cost.
template <class B, Locality l>
void Lane<B, l>::look(std::uint64_t number, Here& here) {
    const ChannelState& channel = state_.channels.at(number);
    here.atWait = channel;
    here.told = {};
    here.latelyAtWait = TheKernel::answersOnce ? here.latelyAtWait | std::exchange(here.lately, {}) : Triggers();
    lookForOrphan(here);
    const Triggers asked = channel.asked();
    const bool moved = channel.generation != here.syncedGeneration;
    here.changed = asked != here.synced || moved;
    if (here.contested || here.entangled || mayMeetStrangers()) {
        budget_ += 4; // a leftover at the same number is taken over
    } else if (here.due) {
        budget_ += 3; // one call more for what is refused
    } else if (here.changed) {
        budget_ += moved ? 2 : 1;
    }
    here.synced = asked;
    here.syncedGeneration = channel.generation;
}

template <class B, Locality l>
void Lane<B, l>::count() {
    const polleros::Stats& stats = poller_.stats();
    require(mayForget() || (stats.rebuilds == 0 && stats.staleEvents == 0), "nothing is stale that was not forgotten");
    require(state_.orphans || stats.failedChanges == 0, "no change of a live handle is refused");
    const std::size_t rebuilt = stats.rebuilds * (2 + State::mostChannels);
    require(kernel_.controls(poller_) - controls_ <= TheKernel::callsPerChange * (budget_ + rebuilt),
            "what has not changed is not told to the kernel");
}

template <class B, Locality l>
void Lane<B, l>::iterate(const polleros::WaitResult& result, bool quietly) {
    std::set<std::uint64_t> seen;
    unsigned callback = 0;
    for (Channel& channel : poller_.triggered()) {
        const auto number = static_cast<std::uint64_t>(channel.number());
        require(seen.insert(number).second, "each is told once", number);
        hear(channel, number);
        runHandlers(callback++);
    }
    require(!quietly || seen.size() == result.channels, "as many are told as the wait has said");
    while (
        deferred_
            .anyForHandlers()) { // the handlers of callbacks that did not come, in the order in which all lanes run them
        runHandlers(callback++);
    }
}

template <class B, Locality l>
void Lane<B, l>::hear(Channel& channel, std::uint64_t number) {
    const auto found = state_.channels.find(number);
    require(found != state_.channels.end() && heres_.count(number) != 0, "who is told is alive", number);
    const ChannelState& now = found->second;
    Here& here = heres_.at(number);
    require(!now.marked, "who is marked is silent", number);
    require(here.attachedIn < waits_, "who is told was attached before the wait", number);
    const Triggers act = channel.act();
    require(!act.empty(), "who is told has a reason", number);
    requireWithin(act, now.intent | err, "nothing is told that was not asked for", number);
    require(!channel.error() || now.orphaned || here.contested, "who is healthy has no error", number);
    if (here.atWait.orphaned) {
        hearOrphan(channel, number, here);
    } else if (!channel.error()) {
        Expectation allowed = here.atWait.expect();
        allowed.may |= here.latelyAtWait;
        if (now.generation != here.atWait.generation) {
            allowed = {now.intent & work, {}};
        }
        requireWithin(act, allowed.must | allowed.may, "only what is so is told", number);
    }
    here.latelyAtWait = {};
    here.told |= act;
}

template <class B, Locality l>
void Lane<B, l>::runHandlers(unsigned callback) {
    for (const Operation& operation : deferred_.takeFor(callback)) {
        act(operation);
    }
}

// Level: what holds is told, by every wait if there is room for all.
template <class B, Locality l>
void Lane<B, l>::checkTold(const polleros::WaitResult& result, bool crowded) {
    for (const auto& [number, here] : heres_) {
        const ChannelState& channel = here.atWait;
        checkOrphan(number, here);
        if (channel.marked || isExcused(here, channel) || (TheKernel::answersOnce && here.changed)) {
            continue;
        }
        const Triggers must = channel.expect().must;
        require(must.empty() || crowded || result.channels != 0, "no wait passes over all who are ready", number);
        if (roomy_) {
            requireWithin(must, here.told, "what is so is told", number);
        }
    }
}

template <class B, Locality l>
void Lane<B, l>::checkRegistered() {
    typename TheKernel::Registered registered;
    bool certain = true;
    for (const auto& [number, here] : heres_) {
        const ChannelState& channel = state_.channels.at(number);
        if (isExcused(here, channel) || here.contested) {
            certain = certain && isLost(here, channel);
            continue;
        }
        const Channel& attached = here.ref.channel();
        const Triggers wanted = channel.marked || channel.unset ? Triggers() : channel.intent;
        require(!attached.error(), "who is healthy has no error", number);
        require(attached.exp() == TheKernel::interest(wanted), "what is registered is what is wanted", number);
        require(poller_.find(attached.seqN()) == &attached, "a channel is found by its sequence number", number);
        if (!attached.exp().empty()) {
            registered.add(static_cast<std::uint64_t>(attached.seqN()), here.number, attached.exp());
        }
    }
    if (const char* const complaint = kernel_.differs(poller_, registered, certain && !mayForget())) {
        broken(complaint, 0, "");
    }
    const auto present =
        std::ranges::count_if(heres_, [](const auto& entry) { return static_cast<bool>(entry.second.ref); });
    require(poller_.size() == static_cast<std::size_t>(present), "the size is the number of channels");
}

// Enough waits that everybody has a turn, in peace.
template <class B, Locality l>
void Lane<B, l>::sweep() {
    if (deferred_.anyForHandlers() || deferred_.anyBetween()) {
        wait(polleros::Timeout::immediately(), false);
    }
    swept_.clear();
    const std::size_t turns = roomy_ ? 3 : TheKernel::entriesPerChannel * heres_.size() + 3;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        wait(polleros::Timeout::immediately(), true);
        for (const auto& [number, here] : heres_) {
            const Expectation so = here.atWait.expect();
            swept_[number] |= TheKernel::answersOnce ? here.told & (so.must | so.may) : here.told;
        }
    }
    for (const auto& [number, here] : heres_) {
        const ChannelState& channel = state_.channels.at(number);
        if (isExcused(here, channel)) {
            swept_.erase(number);
            require(!here.due || !TheKernel::noticesClosed || !isLost(here, channel),
                    "a bad handle is told within a sweep", number);
        } else if (!channel.marked) {
            requireWithin(channel.expect().must, swept_[number], "who is ready is told so within a sweep", number);
        }
    }
}

} // namespace polleros_test
