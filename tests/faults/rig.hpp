// SPDX-License-Identifier: MIT
// Rig: a poller that is put through a scenario while calls fail, and what must hold after each step of it. A step that
// fails is tried once more, as a user would; it must work then, unless the fault lasts.
#pragma once

#include "faults/kernel.hpp"
#include "faults/ledger.hpp"
#include "support/ends.hpp"
#include "support/kernel_view.hpp"
#include "support/probe.hpp"

#include <polleros/poller.hpp>

#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace polleros_test {

using namespace std::chrono_literals;
using enum polleros::Trigger;
using polleros::ChannelNumber;
using polleros::Errc;
using polleros::Timeout;
using polleros::Triggers;

// A source without a deadline, for which waits are other code.
struct Timeless {
    Timeless(polleros::HandleRef handle, Triggers intent) : at(handle), wanted(intent) {}

    polleros::HandleRef at;
    Triggers wanted;

    static constexpr bool intentIsLocal = true;
    [[nodiscard]] polleros::HandleRef handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
};

template <class B, class S, class CallsOfB>
class Rig {
public:
    using Backend = B;
    using Calls = CallsOfB;
    using Poller = polleros::Poller<B, S>;
    using Channel = typename Poller::Channel;
    using Kernel = KernelOf<B>;
    static constexpr bool isTimed = polleros::HasDeadline<S>;

    // Adds to `hits` how often the fault has hit, at last.
    Rig(const Run& run, CountedMemory& memory, std::size_t& hits)
        : run_(run), ledger_(run, memory, hits, [this](NativeHandle handle) { return ownerOf(handle); }) {
        Stage::reset();
        Stage::oldKernel = run.setup.oldKernel;
        Stage::room = run.setup.shortWaits ? 1 : Stage::everything;
        polleros::Options options;
        options.initialEvents = 8;
        options.maxEvents = 64;
        options.wakeByPipe = run.setup.wakeByPipe;
        options.memory = memory.memory();
        const auto make = [&](std::error_code& ec) { poller_.emplace(options, ec); };
        if (ledger_.during(Doing::constructing, make)) {
            std::error_code ec;
            poller_->waitTriggers(Timeout::never(), ec);
            expect(ec == Errc::badPoller, "who could not be made says badPoller");
            poller_.reset();
            ledger_.repair();
            expect(!ledger_.during(Doing::constructing, make), "a poller can be made once the fault is over");
        }
    }

    // --- steps

    Ends& open(Kind kind) { return *ends_.emplace_back(Open{kind, realEnds(kind)}).ends; }
    void halfClose(Ends& ends) {
        ends.peerHalfClose();
        for (Open& each : ends_) {
            each.mute |= each.ends.get() == &ends;
        }
    }

    void attach(unsigned number, const Ends* ends, Triggers intent) {
        attachAt(number, ends != nullptr ? ends->handle() : polleros::invalidHandle, intent);
    }
    // Must fail with this, or with the fault's reason.
    void refuse(unsigned number, NativeHandle handle, Triggers intent, Errc reason) {
        S source(handle, intent);
        std::error_code ec;
        const auto action = [&](std::error_code&) {
            expect(poller_->attachChannel(ChannelNumber{number}, std::move(source), ec) == nullptr, "it is refused");
        };
        ledger_.during(Doing::refusing, action);
        expect(ec == reason || ledger_.hitNow(), "the reason for a refusal is the right one");
        expect(source.at == polleros::HandleRef(handle), "a refused source is as it was");
    }
    void want(unsigned number, Triggers intent) {
        change(number, [&](S& source) { source.wanted = intent; });
    }
    void apply(unsigned number);
    void move(unsigned number, const Ends* ends) {
        forgive(number);
        change(number, [&](S& source) {
            source.at = ends != nullptr ? polleros::HandleRef(ends->handle(), ++version_) : polleros::HandleRef();
        });
    }
    // From now on; nothing if sources have no deadlines.
    void due(unsigned number, [[maybe_unused]] std::chrono::nanoseconds delay) {
        if constexpr (isTimed) {
            change(number, [&](S& source) { source.due = Stage::clock + delay; });
        }
    }
    void mark(unsigned number) {
        forgive(number);
        if (Channel* const channel = find(number)) {
            quietly([&] { channel->markForDeletion(); });
        }
    }
    void deleteMarked() {
        quietly([&] { poller_->deleteMarked(); });
    }
    void erase(unsigned number) {
        forgive(number);
        quietly([&] { poller_->deleteChannel(ChannelNumber{number}); });
    }
    void detach(unsigned number) {
        if (find(number) == nullptr) {
            return;
        }
        forgive(number);
        std::optional<S> source;
        quietly([&] {
            std::error_code ec;
            source = poller_->detachChannel(ChannelNumber{number}, ec);
        });
        expect(source.has_value(), "a present channel is detached");
    }
    void deleteAll() {
        for (unsigned number = 0; number < 100; ++number) {
            forgive(number);
        }
        quietly([&] { poller_->deleteAll(); });
    }

    // A limit for a wait that this channel's deadline ends.
    [[nodiscard]] Timeout untilDue(unsigned number) {
        return isTimed && find(number) != nullptr ? Timeout::never() : Timeout(10ms);
    }

    void makeWaker() {
        const auto make = [&](std::error_code& ec) { waker_ = poller_->waker(ec); };
        if (ledger_.during(Doing::makingWaker, make) && !ledger_.lasts()) {
            expect(!waker_, "a waker that could not be made is empty");
            expect(!ledger_.during(Doing::makingWaker, make), "a waker can be made at the second attempt");
        }
    }
    // False if there is no waker.
    bool wake() {
        quietly([&] { waker_.wake(); });
        woken_ |= static_cast<bool>(waker_);
        return static_cast<bool>(waker_);
    }

    void wait(Timeout limit = Timeout::immediately()) {
        wait(limit, [](unsigned) {}, true);
    }
    // The handler is called for each channel that is told something. Exactly: it does nothing to what is reported.
    template <class Handler>
    void wait(Timeout limit, Handler handler, bool exactly = false) {
        polleros::WaitResult result;
        const auto action = [&](std::error_code& ec) { result = poller_->waitTriggers(limit, ec); };
        std::error_code ec = ledger_.during(Doing::waiting, action);
        if (ec && !ledger_.lasts()) {
            check(result, ec);
            ec = ledger_.during(Doing::waiting, action);
            expect(!ec, "a wait works at the second attempt");
        }
        check(result, ec);
        checkRegistered();
        iterate(handler, exactly && !ec);
    }
    // As in another loop, which does something between the two halves.
    template <class Between>
    void embedded(Between between) {
        Timeout limit = Timeout::immediately();
        const auto prepare = [&](std::error_code& ec) { limit = poller_->prepare(ec); };
        if (ledger_.during(Doing::preparing, prepare)) {
            expect(limit == Timeout::immediately(), "who could not prepare does not block");
            if (ledger_.lasts()) {
                return wait();
            }
            expect(!ledger_.during(Doing::preparing, prepare), "prepare works at the second attempt");
        }
        prepared_ = true;
        between();
        polleros::WaitResult result;
        const auto harvest = [&](std::error_code& ec) { result = poller_->harvest(ec); };
        std::error_code ec = ledger_.during(Doing::harvesting, harvest);
        if (ec && !ledger_.lasts()) {
            ec = ledger_.during(Doing::harvesting, harvest);
            expect(!ec, "harvest works at the second attempt");
        }
        mayBeWoken_ = true; // by what was done in between
        check(result, ec);
        iterate([](unsigned) {}, false); // what was done in between is not registered yet
    }

    void forgot() { forgot_ = true; } // the kernel holds what nobody can name, until it says so

    // --- the end

    // All news are told; there are no others. What lasts is repaired.
    void settle(bool repaired) {
        wait();
        wait();
        if (repaired) {
            ledger_.repair();
        }
        ledger_.settle();
    }
    // Nothing fails any more: a few waits later all is as if nothing ever had.
    void recover(bool repaired) {
        if (repaired) {
            ledger_.repair();
        }
        Stage::room = Stage::everything;
        waitLoosely();
        for (Channel& channel : poller_->channels()) {
            const std::error_code noRoom(nativeCode(ENOSPC), std::system_category());
            const bool lacksRoom = channel.error() == Errc::outOfMemory || channel.error() == noRoom;
            expect(!lacksRoom || polleros::interestOf(channel.peek().wanted).empty(),
                   "what lacked room is tried again by itself");
            if (channel.error()) {
                channel.touch();
            }
        }
        for (const Open& each : ends_) {
            if (polleros::isSet(each.ends->handle()) && isOpen(each.ends->handle()) && each.kind != Kind::pipeWriter &&
                !each.mute) {
                each.ends->peerWrite(1);
            }
        }
        for (int turn = 0; turn < 64 && (turn < 3 || !isAsItShouldBe()); ++turn) {
            waitLoosely();
        }
        forgot_ = false;
        recovered_ = true;
        wait();
        for (Channel& channel : poller_->channels()) {
            // An error stands until the channel is registered again, which some do not want to be.
            expect(!channel.error() || channel.isMarked() || polleros::interestOf(channel.peek().wanted).empty(),
                   "every channel recovers");
        }
        if (!waker_) {
            makeWaker();
        }
        wake();
        wait(Timeout::never());
        if constexpr (isTimed) {
            attach(99, nullptr, {});
            due(99, 1s);
            Stage::clock += 2s;
            Triggers told;
            for (int turn = 0; turn < 2; ++turn) { // held back once
                wait(Timeout::immediately(),
                     [&](unsigned number) { told |= number == 99 ? Triggers{timeout} : Triggers{}; });
            }
            expect(told == Triggers{timeout}, "a deadline is told");
        }
        deleteAll();
        wait();
        expect(poller_->size() == 0, "all channels can be deleted");
        ledger_.settle();
    }

private:
    void waitLoosely() { // as many as the buffer holds are told
        wait(Timeout::immediately(), [](unsigned) {});
    }
    void forgive(unsigned number) { // what was of it is no more
        ledger_.forgive(number);
        before_.erase(number);
        late_.erase(number);
    }
    Channel* find(unsigned number) { return poller_->find(ChannelNumber{number}); }
    [[nodiscard]] unsigned ownerOf(NativeHandle handle);
    template <class Action>
    void quietly(Action action) { // a step that cannot fail
        ledger_.during(Doing::other, [&](std::error_code&) { action(); });
    }
    template <class Change>
    void change(unsigned number, Change made) {
        if (Channel* const channel = find(number)) {
            quietly([&] { made(channel->source()); });
        }
    }
    // What has not left the kernel is found out when it speaks.
    [[nodiscard]] bool mayLinger() const {
        const Call call = run_.reason.call;
        return forgot_ || run_.what == Run::What::staleEvent || call == Call::epollRemove ||
               call == Call::epollRepeat || call == Call::keventChange || call == Call::keventDelete ||
               isLikeDeadPipe();
    }
    // Who wants to write is told an error, as it is to pipes without a reader, and there is no other to be had.
    [[nodiscard]] bool isLikeDeadPipe() const {
        return run_.reason.call == Call::keventAdd && run_.reason.error == EBADF;
    }
    void attachAt(unsigned number, NativeHandle handle, Triggers intent);
    void check(const polleros::WaitResult& result, const std::error_code& ec);
    template <class Handler>
    void iterate(Handler handler, bool exactly);
    void checkTold(Channel& channel, Triggers possible);
    void checkRegistered();
    [[nodiscard]] bool isAsItShouldBe();
    [[nodiscard]] std::set<Registered> wanted();
    [[nodiscard]] std::set<Registered> inKernel();

    struct Open {
        Kind kind;
        EndsPtr ends;
        bool mute = false; // nothing more comes from its peer
    };

    const Run& run_;
    Ledger<CallsOfB> ledger_; // first: what closes when the poller dies may fail, too
    std::vector<Open> ends_;
    std::optional<Poller> poller_;
    polleros::Waker waker_;
    std::map<unsigned, polleros::TimePoint> told_; // the last deadline of each that it heard of
    std::map<unsigned, Triggers> before_;          // what was possible, of which an answer may still be under way
    std::set<unsigned> late_;                      // who was not told what is ready because others were
    std::uint32_t version_ = 0;
    bool woken_ = false;
    bool mayBeWoken_ = false;
    bool prepared_ = false;
    bool forgot_ = false;
    bool recovered_ = false;
};

} // namespace polleros_test

#include "faults/rig_checks.hpp"
