// SPDX-License-Identifier: MIT
// A lane: one backend that runs a program, over objects of its own, and is held against the state after every wait.
#pragma once

#include "any_lane.hpp"
#include "lane_kernel.hpp"
#include "support/probe.hpp"

#include <polleros/poller.hpp>

#include <memory>
#include <set>

namespace polleros_test {

template <class B, Locality locality>
class Lane final : public AnyLane {
    using Source = Probe<locality>;
    using Poller = polleros::Poller<B, Source>;
    using Channel = typename Poller::Channel;
    using TheKernel = LaneKernel<B>;

    // A channel as this lane has it.
    struct Here {
        EndsPtr ends;
        polleros::ChannelRef<Source> ref; // false: its attach was refused, with reason
        polleros::NativeHandle number = polleros::invalidHandle;
        bool contested = false; // an orphan has, or had, the same number
        int attachedIn = 0;     // before which wait
        ChannelState atWait;
        Triggers told;
        Triggers synced; // what is registered since the last wait
        int syncedGeneration = 0;
        bool changed = false;  // what is to be registered, before this wait
        Triggers lately;       // what was so since the last wait
        Triggers latelyAtWait; // the same for this one

        // Of an orphan.
        bool entangled = false; // somebody else has, or had, its number since
        std::uint64_t heir = 0; // who was the first
        bool due = false;       // the poller has a reason to find out that its handle is bad
        bool overdue = false;   // and must have found out by the end of this wait
        bool bad = false;       // it was told so
        bool stirred = false;   // and has been asked again since
        bool evicted = false;   // somebody else was attached with its number: it must be told by the next wait
        bool touched = false;   // since the last wait
        Triggers looked;        // its intent at the last wait
    };

public:
    explicit Lane(const Program& program)
        : kernel_(program.system()),
          poller_({.maxEvents = program.maxEvents(), .wakeByPipe = TheKernel::real && program.wakeByPipe()}),
          roomy_(program.maxEvents() == 64) {
        waker_ = poller_.waker();
        controls_ = kernel_.controls(poller_);
    }

    [[nodiscard]] const char* name() const override { return TheKernel::name(); }
    [[nodiscard]] Disturbance disturbance() override {
        return [waker = waker_](unsigned) { waker.wake(); };
    }
    void run(const Operation& operation) override {
        if (deferred_.take(operation)) {
            return;
        }
        if (operation.op == Op::wait) {
            using namespace std::chrono_literals;
            wait(operation.what % 4 == 0 ? polleros::Timeout(1ms) : polleros::Timeout::immediately(),
                 !deferred_.anyForHandlers() && !deferred_.anyBetween());
        } else if (operation.op == Op::sweep) {
            sweep();
        } else {
            act(operation);
        }
    }
    [[nodiscard]] const Told& swept() const override { return swept_; }

private:
    [[nodiscard]] bool isExcused(const Here& here, const ChannelState& channel) const {
        return !here.ref || channel.orphaned || (here.contested && here.ref.channel().error());
    }

    // --- operations

    void act(const Operation& operation) {
        if (!state_.allows(operation)) {
            return;
        }
        const auto chosen = state_.pick(operation);
        const std::uint64_t number = chosen != state_.channels.end() ? chosen->first : 0;
        const ChannelState before = number != 0 ? chosen->second : ChannelState{};
        state_.apply(operation);
        Here* const here = number != 0 && heres_.count(number) != 0 ? &heres_.at(number) : nullptr;
        if (here != nullptr) {
            here->lately |= before.object.ready();
        }
        switch (operation.op) {
        case Op::open:
        case Op::reopen: open(operation.op == Op::reopen); break;
        case Op::close: close(number, *here, operation.what % 2 == 0); break;
        case Op::closeForgotten:
            freed_ = here->number;
            closeForgotten(*here->ends, before.object, state_.channels.at(number).object);
            break;
        case Op::closeBehind:
            freed_ = here->number;
            here->ends->close();
            break;
        case Op::setIntent:
            stir(number, *here);
            if (here->ref) {
                here->ref->wanted = state_.channels.at(number).intent;
                here->ref->distant = operation.what % 3 == 0;
            }
            break;
        case Op::replace: replace(number, *here, operation.what % 2 == 0); break;
        case Op::unset:
            if (here->ref) {
                here->ref->at = before.unset ? polleros::HandleRef(here->number, ++version_) : polleros::HandleRef();
                here->contested = here->contested || contest(number, here->number);
            }
            break;
        case Op::attachTwice: attachTwice(number, *here); break;
        case Op::mark:
            require(!here->ref || here->ref.channel().markForDeletion(), "a channel is marked once", number);
            break;
        case Op::deleteMarked: deleteMarked(); break;
        case Op::touch:
            stir(number, *here);
            if (here->ref) {
                here->ref.channel().touch();
                here->touched = true;
            }
            break;
        case Op::wake: waker_.wake(); break;
        default:
            if (happens(operation.op, *here->ends, state_.channels.at(number).object)) {
                settle(number);
            }
        }
    }
    // What the state says of an object has become true, by another judge than the poller.
    void settle(std::uint64_t number) {
        const Object& object = state_.channels.at(number).object;
        if (!kernel_.settles(heres_.at(number).ends->handle(), object)) {
            throw std::runtime_error("the world is not as the state says: object of channel " + std::to_string(number));
        }
    }

    void open(bool again) {
        const std::uint64_t number = state_.lastNumber;
        const ChannelState& channel = state_.channels.at(number);
        Here& here = heres_[number];
        make(here, channel.object.kind, again);
        here.contested = contest(number, here.number);
        here.attachedIn = waits_;
        Source source(polleros::HandleRef(here.number, ++version_), channel.intent);
        std::error_code ec;
        Channel* const made = poller_.attachChannel(polleros::ChannelNumber{number}, std::move(source), ec);
        if (made == nullptr && !(here.contested && ec == polleros::Errc::alreadyAttached)) {
            broken("a handle of nobody's is attached: ", number, ec.message());
        }
        if (made != nullptr) {
            here.ref = made->ref();
            evict(number, here.number);
        }
        budget_ += here.contested || mayMeetStrangers() ? 4 : channel.asked().empty() ? 2 : 1;
        here.synced = channel.asked();
        here.looked = channel.intent;
    }
    void make(Here& here, Kind kind, bool again) {
        here.ends = kernel_.ends(kind);
        if (again && polleros::isSet(freed_) && TheKernel::renumbers && !kernel_.isOpen(freed_)) {
            here.ends->renumber(freed_);
        }
        here.number = here.ends->handle();
    }
    void close(std::uint64_t number, Here& here, bool alive) {
        if (here.ref) {
            const auto ref = here.ref;
            require(alive ? poller_.detachChannel(ref).has_value() : poller_.deleteChannel(ref),
                    "who is there can be deleted", number);
            require(!ref && poller_.find(polleros::ChannelNumber{number}) == nullptr, "who is deleted is gone", number);
            ++budget_;
        }
        bury(here);
        heres_.erase(number);
    }
    void bury(Here& here) {
        freed_ = here.number;
        here.ends->close();
        graves_.push_back(std::move(here.ends));
    }
    void replace(std::uint64_t number, Here& here, bool again) {
        bury(here);
        make(here, state_.channels.at(number).object.kind, again);
        here.contested = contest(number, here.number);
        if (here.ref) {
            here.ref->at = polleros::HandleRef(here.number, ++version_);
        }
    }
    void attachTwice(std::uint64_t number, const Here& here) {
        if (isExcused(here, state_.channels.at(number)) || here.contested) {
            return;
        }
        std::error_code ec;
        Source second(here.ref.channel().peek().at, recv);
        Channel* const made = poller_.attachChannel(polleros::ChannelNumber{1'000'000}, std::move(second), ec);
        require(made == nullptr && ec == polleros::Errc::alreadyAttached, "a live handle is attached once", number);
        ++budget_;
    }
    void deleteMarked() {
        std::set<std::uint64_t> gone;
        for (const auto& [number, here] : heres_) {
            if (state_.channels.count(number) == 0) {
                gone.insert(number);
            }
        }
        std::size_t farewells = 0;
        std::size_t there = 0;
        for (const std::uint64_t number : gone) {
            there += heres_.at(number).ref ? 1U : 0U;
        }
        poller_.deleteMarked([&](polleros::ChannelNumber number, Source&&) {
            farewells += gone.count(static_cast<std::uint64_t>(number));
        });
        require(farewells == there, "who is marked is deleted, and nobody else");
        for (const std::uint64_t number : gone) {
            bury(heres_.at(number));
            heres_.erase(number);
            ++budget_;
        }
    }

    // --- orphans, in lane_orphans.hpp

    [[nodiscard]] bool contest(std::uint64_t number, polleros::NativeHandle handle);
    void stir(std::uint64_t number, Here& orphan);
    void evict(std::uint64_t number, polleros::NativeHandle handle);
    [[nodiscard]] bool mayMeetStrangers() const { return !TheKernel::renumbers && state_.orphans; }
    [[nodiscard]] bool mayForget() const;
    [[nodiscard]] bool isLost(const Here& here, const ChannelState& channel) const;
    void lookForOrphan(Here& here);
    void orphansLeft();
    [[nodiscard]] Triggers stillTold(const Here& here) const;
    void hearOrphan(Channel& channel, std::uint64_t number, Here& here);
    void checkOrphan(std::uint64_t number, const Here& here) const;

    // --- waits, in lane_waits.hpp

    void wait(polleros::Timeout timeout, bool quietly);
    polleros::WaitResult waitOnce(polleros::Timeout timeout, std::error_code& ec);
    void look(std::uint64_t number, Here& here);
    void count();
    void iterate(const polleros::WaitResult& result, bool quietly);
    void hear(Channel& channel, std::uint64_t number);
    void runHandlers(unsigned callback);
    void checkTold(const polleros::WaitResult& result, bool crowded);
    void checkRegistered();
    void sweep();

    TheKernel kernel_; // before the poller, which a scripted one must outlive
    Poller poller_;
    polleros::Waker waker_;
    State state_;
    std::map<std::uint64_t, Here> heres_;
    bool anyEntangled_ = false;   // an orphan may have been registered for somebody else's file
    std::vector<EndsPtr> graves_; // of which a duplicate may be alive
    polleros::NativeHandle freed_ = polleros::invalidHandle;
    std::uint32_t version_ = 0;
    bool roomy_;
    Deferred deferred_;
    std::size_t controls_ = 0;
    std::size_t budget_ = 2; // control calls there may be
    Told swept_;
};

} // namespace polleros_test

#include "lane_orphans.hpp" // IWYU pragma: export
#include "lane_waits.hpp"   // IWYU pragma: export
