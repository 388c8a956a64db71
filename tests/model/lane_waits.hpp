// SPDX-License-Identifier: MIT
// The bodies of Lane that wait, and what every wait has to keep.
#pragma once

#include "lane.hpp"

namespace polleros_test {

template <class B, Locality l>
void Lane<B, l>::wait(polleros::Timeout timeout, bool quietly) {
    ++waits_;
    bool dataForHangup = false;
    bool silent = state_.channels.empty() || !state_.orphans;
    for (auto& [number, here] : heres_) {
        look(number, here);
        const Triggers asked = here.atWait.intent;
        dataForHangup = dataForHangup || (TheKernel::takesDataForHangup && asked.has(hangup) && !asked.has(recv));
        const Expectation expected = here.atWait.marked ? Expectation{} : here.atWait.expect();
        silent = silent && (expected.must | (expected.may - err)).empty() && !here.contested;
    }
    silent = silent && !state_.woken && !state_.forgetful;

    const auto before = poller_.now();
    const auto oddities = [&] {
        const polleros::Stats& stats = poller_.stats();
        return stats.staleEvents + stats.lateWakes;
    };
    const std::uint64_t odd = oddities();
    std::error_code ec;
    const polleros::WaitResult result = poller_.waitTriggers(timeout, ec);
    // What is the poller's own, or stale, takes room too; and on a kqueue data at a channel that asks for {hangup}.
    const bool crowded = !roomy_ && (result.woken || dataForHangup || odd != oddities());
    require(!ec, "a wait works");
    require(result.channels != 0 || result.woken || result.timedOut, "a wait has a reason to end");
    require(result.woken == std::exchange(state_.woken, false), "a wake is told once");
    // An orphan's number may be a file of another lane's by now, which forgets as it likes.
    const bool forgetful = state_.forgetful || state_.orphans;
    require(!result.handleReplaced || forgetful, "nothing was forgotten");
    if (silent) {
        require(result.timedOut && result.channels == 0, "with nothing to tell, nobody is told");
        require(timeout.isImmediate() || poller_.now() - before >= std::chrono::milliseconds(1), "no wait ends early");
    }
    for (auto& [number, channel] : state_.channels) {
        channel.settled = true;
    }
    checkRegistered();
    count();
    iterate(result, quietly);
    // A refused change ends a kevent() before it looks for events: the others are told by the next.
    if (quietly && !(TheKernel::refusalsComeAlone && state_.orphans)) {
        checkTold(result, crowded);
    }
}

// What the wait finds, and what it may cost.
template <class B, Locality l>
void Lane<B, l>::look(std::uint64_t number, Here& here) {
    const ChannelState& channel = state_.channels.at(number);
    here.atWait = channel;
    here.told = {};
    const Triggers asked = channel.marked || channel.unset ? Triggers() : channel.intent & (recv | send | hangup);
    if (asked != here.synced || channel.generation != here.syncedGeneration || channel.orphaned || here.contested) {
        budget_ += channel.orphaned || here.contested ? 3 : channel.generation != here.syncedGeneration ? 2 : 1;
        budget_ += state_.orphans ? 1U : 0U; // an orphan's leftover at the same number is taken over
    }
    here.synced = asked;
    here.syncedGeneration = channel.generation;
}

template <class B, Locality l>
void Lane<B, l>::count() {
    const polleros::Stats& stats = poller_.stats();
    require(state_.forgetful || state_.orphans || (stats.rebuilds == 0 && stats.staleEvents == 0),
            "nothing is stale that was not forgotten");
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
    while (!queued_.empty()) { // the handlers of callbacks that did not come
        runHandlers(queued_.front().first);
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
    if (channel.error()) {
        require(now.orphaned || here.contested, "who is healthy has no error", number);
        if (channel.error() == polleros::Errc::badHandle && act.has(err)) {
            require(!std::exchange(here.silenced, true), "a bad handle is told once", number);
        }
    } else if (!now.orphaned && !here.atWait.orphaned) {
        Expectation allowed = here.atWait.expect();
        if (now.generation != here.atWait.generation) {
            allowed = {now.intent & work, {}};
        }
        requireWithin(act, allowed.must | allowed.may, "only what is so is told", number);
    }
    here.told |= act;
}

template <class B, Locality l>
void Lane<B, l>::runHandlers(unsigned callback) {
    std::vector<Operation> due;
    std::erase_if(queued_, [&](const auto& entry) {
        if (entry.first == callback) {
            due.push_back(entry.second);
        }
        return entry.first == callback;
    });
    for (const Operation& operation : due) {
        act(operation);
    }
}

// Level: what holds is told, by every wait if there is room for all.
template <class B, Locality l>
void Lane<B, l>::checkTold(const polleros::WaitResult& result, bool crowded) {
    for (const auto& [number, here] : heres_) {
        const ChannelState& channel = here.atWait;
        if (channel.marked || isExcused(here, channel)) {
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
            certain = false;
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
    if (const char* const complaint = kernel_.differs(poller_, registered, certain && !state_.forgetful)) {
        broken(complaint, 0, "");
    }
    const auto present =
        std::ranges::count_if(heres_, [](const auto& entry) { return static_cast<bool>(entry.second.ref); });
    require(poller_.size() == static_cast<std::size_t>(present), "the size is the number of channels");
}

// Enough waits that everybody has a turn, in peace.
template <class B, Locality l>
void Lane<B, l>::sweep() {
    const bool handlers = !queued_.empty();
    if (handlers) {
        wait(polleros::Timeout::immediately(), false);
    }
    swept_.clear();
    const std::size_t turns = roomy_ ? 2 : TheKernel::entriesPerChannel * heres_.size() + 3;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        wait(polleros::Timeout::immediately(), true);
        for (const auto& [number, here] : heres_) {
            swept_[number] |= here.told;
        }
    }
    for (const auto& [number, here] : heres_) {
        const ChannelState& channel = state_.channels.at(number);
        if (isExcused(here, channel)) {
            swept_.erase(number);
        } else if (!channel.marked) {
            requireWithin(channel.expect().must, swept_[number], "who is ready is told so within a sweep", number);
        }
    }
}

} // namespace polleros_test
