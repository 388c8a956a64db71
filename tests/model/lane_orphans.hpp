// SPDX-License-Identifier: MIT
// The bodies of Lane that are about orphans: channels whose handle was closed behind the poller's back. Each backend finds
// out in its own time; of an orphan whose number nobody has taken since, it is known what it may be told, and when.
#pragma once

#include "lane.hpp"

namespace polleros_test {

// An orphan may stand in the way of whoever has its number now, and the other way round. Who has been told that its handle
// is bad owns nothing any more, until it is asked again.
template <class B, Locality l>
bool Lane<B, l>::contest(std::uint64_t number, polleros::NativeHandle handle) {
    bool contested = false;
    for (auto& [other, here] : heres_) {
        if (other != number && here.number == handle && here.ref && state_.channels.at(other).orphaned) {
            here.heir = here.entangled ? here.heir : number;
            anyEntangled_ = here.entangled = true;
            contested = contested || !here.bad || here.stirred;
        }
    }
    return contested;
}

template <class B, Locality l>
bool Lane<B, l>::mayForget() const {
    const bool forgets = state_.forgetful || (anyEntangled_ && state_.duplicates);
    // A kqueue may have added for the heir's file what it could not delete of the orphan's.
    return (TheKernel::keepsFiles && forgets) || (TheKernel::takesDataForHangup && anyEntangled_) || mayMeetStrangers();
}

// It is going to be asked again.
template <class B, Locality l>
void Lane<B, l>::stir(std::uint64_t number, Here& orphan) {
    if (state_.channels.at(number).orphaned) {
        orphan.stirred = true;
        orphan.evicted = false;
        for (auto& [other, here] : heres_) {
            here.contested = here.contested || (other != number && here.number == orphan.number);
        }
    }
}

// Nothing is excused of it.
template <class B, Locality l>
bool Lane<B, l>::isLost(const Here& here, const ChannelState& channel) const {
    return here.ref && channel.orphaned && !here.entangled && !here.contested;
}

// A kernel that knows has let a newcomer in: who was registered was not there any more.
template <class B, Locality l>
void Lane<B, l>::evict(std::uint64_t number, polleros::NativeHandle handle) {
    for (auto& [other, here] : heres_) {
        const ChannelState& channel = state_.channels.at(other);
        here.evicted = here.evicted || (TheKernel::tellsDuplicates && here.heir == number && here.number == handle &&
                                        !here.contested && here.ref && channel.orphaned && !channel.marked &&
                                        !here.bad && !here.touched && !here.synced.empty() &&
                                        channel.intent == here.looked && channel.generation == here.syncedGeneration);
    }
}

// Its next change is refused; and who is handed the number by each wait need not wait for that.
template <class B, Locality l>
void Lane<B, l>::lookForOrphan(Here& here) {
    const ChannelState& channel = here.atWait;
    here.entangled = here.entangled || (channel.orphaned && kernel_.isOpen(here.number)); // by a stranger
    const Triggers asked = channel.asked();
    const bool moved = channel.generation != here.syncedGeneration;
    const bool changes = asked != here.synced || moved;
    const bool again = here.bad && (here.touched || channel.intent != here.looked);
    here.overdue = false;
    here.due = here.due && !asked.empty(); // who asks for nothing never will be told
    // Of who asks for {hangup} alone a kqueue is asked anew when it has told.
    const bool byItself =
        TheKernel::noticesClosed || (TheKernel::takesDataForHangup && asked.has(hangup) && !asked.has(recv));
    if (isLost(here, channel) && !asked.empty() && (changes || again || (byItself && !here.bad))) {
        here.due = true;
        // An old answer comes first; and of a change between filters of a kqueue there may be nothing to be told.
        here.overdue = TheKernel::noticesClosed ? roomy_ && !TheKernel::answersOnce
                                                : changes && (TheKernel::keepsFiles || moved || here.synced.empty());
    }
    here.touched = false;
    here.looked = channel.intent;
}

// A set that was made anew has none of them.
template <class B, Locality l>
void Lane<B, l>::orphansLeft() {
    for (auto& [number, here] : heres_) {
        here.due = here.due || (isLost(here, here.atWait) && !here.bad && !here.synced.empty());
    }
}

// What a registration tells that a duplicate keeps alive, or that was on its way.
template <class B, Locality l>
Triggers Lane<B, l>::stillTold(const Here& here) const {
    const ChannelState& channel = here.atWait;
    if (TheKernel::answersOnce && !here.bad) {
        return here.latelyAtWait;
    }
    if (!TheKernel::keepsFiles || !channel.duplicated || channel.marked || channel.unset) {
        return {};
    }
    const Expectation expected = channel.object.expect(channel.intent);
    return (expected.must | expected.may) - work;
}

template <class B, Locality l>
void Lane<B, l>::hearOrphan(Channel& channel, std::uint64_t number, Here& here) {
    const bool isNews = channel.error() && channel.act().has(err);
    if (isNews && channel.error() == polleros::Errc::badHandle) {
        here.bad = true;
        here.evicted = false;
        const bool changed = state_.channels.at(number).intent != here.atWait.intent;
        here.stirred = here.atWait.asked().empty() || changed || here.touched; // who asks for nothing owns its number
    }
    if (isLost(here, here.atWait)) {
        requireWithin(channel.act(), (here.atWait.intent & work) | stillTold(here) | polleros::when(isNews, err),
                      "of a closed handle nothing is told but that", number);
        if (isNews) {
            require(channel.error() == polleros::Errc::badHandle, "a closed handle is a bad one", number);
            require(std::exchange(here.due, false), "a bad handle is told when it is found out, and once", number);
        }
    }
}

template <class B, Locality l>
void Lane<B, l>::checkOrphan(std::uint64_t number, const Here& here) const {
    require(!here.due || !here.overdue || here.atWait.marked || !isLost(here, here.atWait),
            "a bad handle is told when it is found out", number);
    require(!here.evicted || here.atWait.marked || here.attachedIn == waits_, "who is evicted is told", number);
}

} // namespace polleros_test
