// SPDX-License-Identifier: MIT
// A lane that is not a poller but one of the two that stand on one. It runs the same programs; what an operation means to
// it is said here, and what is told for it in the lane of each.
//
//     open, reopen     a handle is registered; at a number that was closed unasked, beside or instead of the former
//     setIntent        it is registered for something else; whoever asked for nothing but `work` asks for nothing
//     attachTwice      it is registered a second time
//     unset, replace   it is deregistered, and registered again later, or another instead
//     close            it is deregistered, then closed
//     deleteMarked     the same for all who are marked; a mark itself is nothing
//     inHandler        operations in a handler, or between the events of a batch
//     embed            operations before the next wait
//     touch            nothing
//
// What other threads do to it they do with handles of their own, of which nobody is ever told.
#pragma once

#include "any_lane.hpp"
#include "lane_kernel.hpp"

#include <array>
#include <atomic>
#include <set>

namespace polleros_test {

// The set of this flag if it is so, else none.
template <class Flag>
[[nodiscard]] constexpr polleros::FlagSet<Flag> whenSo(bool so, Flag flag) {
    return so ? polleros::FlagSet<Flag>(flag) : polleros::FlagSet<Flag>();
}

class FacadeLane : public AnyLane {
public:
    FacadeLane(const char* facade, const char* backend, std::size_t index) : name_(facade), kernel_(index) {
        name_.append(" over ").append(backend);
    }

    [[nodiscard]] const char* name() const final { return name_.c_str(); }
    [[nodiscard]] Disturbance disturbance() final {
        for (Bystander& bystander : bystanders_) {
            bystander.ends = kernel_.ends(Kind::tcp);
        }
        return [this](unsigned thread) {
            Bystander& bystander = bystanders_[thread];
            disturb(bystander.ends->handle(), bystander.steps++);
        };
    }
    [[nodiscard]] const Told& swept() const final { return nothing_; } // the state alone is what it is compared with
    void run(const Operation& operation) final {
        if (deferred_.take(operation)) {
            return;
        }
        if (const char* const promise = complaint_) {
            broken(promise, 0, "");
        }
        if (operation.op == Op::wait) {
            wait(operation);
        } else if (operation.op == Op::sweep) {
            sweep();
        } else {
            act(operation);
        }
    }

protected:
    struct Here {
        EndsPtr ends;
        polleros::NativeHandle number = polleros::invalidHandle;
        Triggers lately; // what was so since somebody has reset it
    };

    // The channel has a handle that is not registered for it.
    virtual void enter(std::uint64_t number, unsigned variety) = 0;
    virtual void change(std::uint64_t number, unsigned variety) = 0;
    virtual void enterAgain(std::uint64_t number) = 0;
    // It may not be registered; and the state may have forgotten it.
    virtual void leave(std::uint64_t number) = 0;
    virtual void wakeUp() = 0;
    virtual void wait(const Operation& operation) = 0;
    virtual void sweep() = 0;
    // By another thread, with a handle of its own on which nothing happens: first step 0, then 1, ...
    virtual void disturb(polleros::NativeHandle handle, unsigned step) = 0;
    // For other threads, which cannot throw: it is said by the next operation.
    void requireOfOthers(bool kept, const char* promise) {
        if (!kept) {
            complaint_ = promise;
        }
    }
    // That many, and perhaps those of other threads.
    [[nodiscard]] static bool isSize(std::size_t size, std::size_t own) {
        return size >= own && size - own <= (Weather::current().disturbs() ? Weather::threads : 0U);
    }
    [[nodiscard]] bool isBystander(polleros::NativeHandle handle) const {
        return std::any_of(bystanders_.begin(), bystanders_.end(), [&](const Bystander& bystander) {
            return bystander.ends != nullptr && bystander.ends->handle() == handle;
        });
    }

    void act(const Operation& operation) {
        if (!state_.allows(operation)) {
            return;
        }
        const auto chosen = state_.pick(operation);
        const std::uint64_t number = chosen != state_.channels.end() ? chosen->first : 0;
        const ChannelState before = number != 0 ? chosen->second : ChannelState{};
        state_.apply(operation);
        if (heres_.count(number) != 0) {
            heres_.at(number).lately |= before.object.ready();
        }
        switch (operation.op) {
        case Op::open:
        case Op::reopen:
            make(state_.lastNumber, operation.op == Op::reopen);
            enter(state_.lastNumber, operation.what);
            break;
        case Op::close: close(number); break;
        case Op::deleteMarked: deleteMarked(); break;
        case Op::closeForgotten:
            freed_ = heres_.at(number).number;
            closeForgotten(*heres_.at(number).ends, before.object, state_.channels.at(number).object);
            break;
        case Op::closeBehind:
            freed_ = heres_.at(number).number;
            heres_.at(number).ends->close();
            break;
        case Op::setIntent:
            if (!before.unset) {
                change(number, operation.what);
            }
            break;
        case Op::replace:
            leave(number);
            bury(number);
            make(number, operation.what % 2 == 0);
            enter(number, operation.what);
            break;
        case Op::unset: before.unset ? enter(number, operation.what) : leave(number); break;
        case Op::attachTwice: enterAgain(number); break;
        case Op::wake: wakeUp(); break;
        case Op::mark:
        case Op::touch: break;
        default:
            if (happens(operation.op, *heres_.at(number).ends, state_.channels.at(number).object)) {
                settle(number);
            }
        }
    }
    // The facade's own calls.
    template <class F>
    static auto outdoors(F call) {
        const Outdoors outside;
        return call();
    }
    // After a wait.
    void seen() {
        for (auto& [number, channel] : state_.channels) {
            channel.settled = true;
        }
    }
    // Its number was closed behind our back, and where no call chooses numbers anybody may have it by now.
    [[nodiscard]] bool mayBeAnybodys(std::uint64_t number) const {
        return !RealLaneKernel::renumbers && channel(number).orphaned;
    }
    [[nodiscard]] const ChannelState& channel(std::uint64_t number) const { return state_.channels.at(number); }

    std::string name_;
    RealLaneKernel kernel_;
    State state_;
    Deferred deferred_;
    std::map<std::uint64_t, Here> heres_;

private:
    struct Bystander {
        EndsPtr ends;
        unsigned steps = 0;
    };

    void make(std::uint64_t number, bool again) {
        Here& here = heres_[number];
        here.ends = kernel_.ends(channel(number).object.kind);
        if (again && polleros::isSet(freed_) && RealLaneKernel::renumbers && !kernel_.isOpen(freed_)) {
            here.ends->renumber(freed_);
        }
        here.number = here.ends->handle();
        here.lately = {};
    }
    void settle(std::uint64_t number) {
        if (!kernel_.settles(heres_.at(number).number, channel(number).object)) {
            throw std::runtime_error("the world is not as the state says: object of channel " + std::to_string(number));
        }
    }
    void bury(std::uint64_t number) {
        Here& here = heres_.at(number);
        freed_ = here.number;
        here.ends->close();
        graves_.push_back(std::move(here.ends));
    }
    void close(std::uint64_t number) {
        leave(number);
        bury(number);
        heres_.erase(number);
    }
    void deleteMarked() {
        std::set<std::uint64_t> gone;
        for (const auto& [number, here] : heres_) {
            if (state_.channels.count(number) == 0) {
                gone.insert(number);
            }
        }
        for (const std::uint64_t number : gone) {
            close(number);
        }
    }

    Told nothing_;
    std::array<Bystander, Weather::threads> bystanders_; // by thread
    std::atomic<const char*> complaint_{nullptr};
    std::vector<EndsPtr> graves_; // of which a duplicate may be alive
    polleros::NativeHandle freed_ = polleros::invalidHandle;
};

} // namespace polleros_test
