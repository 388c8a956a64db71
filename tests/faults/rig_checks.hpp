// SPDX-License-Identifier: MIT
// The bodies of Rig that check what a poller promises.
#pragma once

#include "faults/rig.hpp"

#include <algorithm>
#include <string>

namespace polleros_test {

template <class B, class S, class Calls>
unsigned Rig<B, S, Calls>::ownerOf(NativeHandle handle) {
    unsigned owner = 0;
    if (poller_) {
        for (const Channel& channel : poller_->channels()) {
            if (channel.peek().at.number == handle) {
                owner = static_cast<unsigned>(channel.number());
            }
        }
    }
    return owner;
}

template <class B, class S, class Calls>
void Rig<B, S, Calls>::attachAt(unsigned number, NativeHandle handle, Triggers intent) {
    for (int attempt = 1;; ++attempt) {
        S source(handle, intent);
        const std::size_t size = poller_->size();
        const auto before = inKernel();
        Channel* channel = nullptr;
        const auto action = [&](std::error_code& ec) {
            channel = poller_->attachChannel(ChannelNumber{number}, std::move(source), ec);
        };
        const std::error_code ec = ledger_.during(Doing::attaching, action, handle);
        expect((channel == nullptr) == static_cast<bool>(ec), "an attach has a channel or an error");
        if (!ec) {
            return;
        }
        // (What a channel has left behind at this handle may be gone.)
        const auto after = inKernel();
        expect(source.at == polleros::HandleRef(handle) && source.wanted == intent && poller_->size() == size &&
                   find(number) == nullptr && std::includes(before.begin(), before.end(), after.begin(), after.end()),
               "an attach that failed has changed nothing");
        if (ledger_.lasts()) {
            return;
        }
        expect(attempt == 1, "an attach works at the second attempt");
    }
}

// What is refused stays so until something else is wanted, and each call says it; tried and owed it is once.
template <class B, class S, class Calls>
void Rig<B, S, Calls>::apply(unsigned number) {
    Channel* const channel = find(number);
    if (channel == nullptr) { // its attach was refused
        return;
    }
    const std::error_code known = channel->error();
    const auto action = [&](std::error_code& ec) {
        ec = poller_->apply(ChannelNumber{number});
        expect(!channel->error() || ec == channel->error(), "who is refused hears why");
    };
    if (ledger_.during(Doing::applying, action, polleros::invalidHandle, known)) {
        return expect(channel->exp().empty(), "what is refused is not registered");
    }
    ledger_.forgive(number); // it is as it should be: there is no error to be told
    const S& source = channel->peek();
    if (!channel->isMarked() && polleros::isSet(source.at.number)) {
        expect(channel->exp() == polleros::interestOf(source.wanted), "who follows is registered for what it wants");
        if constexpr (Kernel::registersAtOnce) {
            const bool holds =
                channel->exp().empty() ||
                inKernel().count(Kernel::entryOf(source.at.number, channel->exp(), channel->seqN())) != 0;
            expect(holds, "the kernel has it at once");
        }
    }
}

template <class B, class S, class Calls>
void Rig<B, S, Calls>::check(const polleros::WaitResult& result, const std::error_code& ec) {
    expect(!Stage::stuck, "every wait ends");
    if (ec) {
        return; // a wake is kept for the next one
    }
    expect(result.channels != 0 || result.woken || result.timedOut, "a wait has a reason to end");
    expect(result.woken == woken_ || (result.woken && mayBeWoken_), "a wake is told once");
    woken_ = mayBeWoken_ = false;
    expect(!result.handleReplaced || mayLinger(), "nothing was forgotten");
}

// What a channel is told must be possible; and if this wait was not hit, all of it must be told.
template <class B, class S, class Calls>
template <class Handler>
void Rig<B, S, Calls>::iterate(Handler handler, bool exactly) {
    std::map<unsigned, Triggers> possible;
    std::map<unsigned, Triggers> due;
    for (const Channel& channel : poller_->channels()) {
        const S& source = channel.peek();
        if (!channel.isMarked()) {
            const auto number = static_cast<unsigned>(channel.number());
            possible[number] = source.wanted & work;
            if (polleros::isSet(source.at.number)) {
                const auto ready = pollFor(source.at.number, readable | writable | endOfStream, 0);
                possible[number] |= polleros::activityOf(source.wanted, ready);
            }
            if (!channel.error()) { // else it may have failed before, or after
                due[number] = possible[number];
            }
        }
    }
    exactly = exactly && !ledger_.hitNow() && !run_.setup.shortWaits;
    bool tells = false;
    for (Channel& channel : poller_->triggered()) {
        const auto number = static_cast<unsigned>(channel.number());
        const auto found = possible.find(number);
        expect(found != possible.end(), "who is marked or gone is silent");
        checkTold(channel, Kernel::answersOnce ? found->second | before_[number] : found->second);
        if (const auto left = due.find(number); left != due.end()) {
            left->second -= channel.act();
        }
        tells = true;
        handler(number);
    }
    std::set<unsigned> late;
    for (const auto& [number, left] : due) {
        const bool mayBeLate = Kernel::answersOnce && tells && late_.count(number) == 0;
        expect(!exactly || left.empty() || mayBeLate, "channel " + std::to_string(number) + " is told what is ready");
        if (!left.empty()) {
            late.insert(number);
        }
    }
    if (exactly || !tells) { // all answers have come
        before_.clear();
    }
    for (const auto& [number, triggers] : possible) {
        before_[number] |= triggers;
    }
    late_ = exactly ? std::move(late) : std::set<unsigned>();
}

template <class B, class S, class Calls>
void Rig<B, S, Calls>::checkTold(Channel& channel, Triggers possible) {
    const auto number = static_cast<unsigned>(channel.number());
    const std::string name = "channel " + std::to_string(number);
    const Triggers act = channel.act();
    if (isLikeDeadPipe() && act.has(err) && !channel.error()) {
        return expect((act - err).empty() || channel.peek().wanted.has(send), name + " is told of a dead pipe");
    }
    expect(!act.empty(), name + " has a reason to be told");
    expect((act - possible - err - timeout).empty(), name + " is told what is true and asked for, and nothing else");
    if (act.has(err)) {
        expect(static_cast<bool>(channel.error()), name + " has an error to tell");
        ledger_.told(number, channel.error());
    }
    if constexpr (isTimed) {
        if (act.has(timeout)) {
            const auto due = channel.peek().due;
            expect(due <= Stage::clock, name + " is not told its deadline early");
            const auto before = told_.find(number);
            expect(before == told_.end() || before->second != due, name + " is told its deadline once");
            told_[number] = due;
        }
    } else {
        expect(!act.has(timeout), name + " has no deadline");
    }
}

// After a wait: what is expected to be registered is what is wanted, and is what the kernel has.
template <class B, class S, class Calls>
void Rig<B, S, Calls>::checkRegistered() {
    for (const Channel& channel : poller_->channels()) {
        const S& source = channel.peek();
        const bool silent = channel.isMarked() || channel.error() || !polleros::isSet(source.at.number);
        const auto interest = silent ? polleros::Interest() : polleros::interestOf(source.wanted);
        expect(channel.exp() == interest, "channel " + std::to_string(static_cast<unsigned>(channel.number())) +
                                              " is registered for what it wants");
    }
    if (recovered_ || (!mayLinger() && !ledger_.hitNow())) {
        expect(inKernel() == wanted(), "the kernel has what is registered");
        if (recovered_) {
            Kernel::checkAll(*poller_, waker_ || prepared_);
        }
    }
}

template <class B, class S, class Calls>
bool Rig<B, S, Calls>::isAsItShouldBe() {
    for (const Channel& channel : poller_->channels()) {
        const bool wants = !channel.isMarked() && !polleros::interestOf(channel.peek().wanted).empty();
        if (channel.error() && wants) {
            return false;
        }
    }
    return inKernel() == wanted();
}

template <class B, class S, class Calls>
std::set<Registered> Rig<B, S, Calls>::wanted() {
    std::set<Registered> all;
    for (const Channel& channel : poller_->channels()) {
        if constexpr (Kernel::tells) {
            if (!channel.exp().empty()) {
                all.insert(Kernel::entryOf(channel.peek().at.number, channel.exp(), channel.seqN()));
            }
        }
    }
    return all;
}

// Without what is the poller's own.
template <class B, class S, class Calls>
std::set<Registered> Rig<B, S, Calls>::inKernel() {
    if constexpr (Kernel::tells) {
        return Kernel::holds(*poller_, run_);
    } else {
        return {};
    }
}

} // namespace polleros_test
