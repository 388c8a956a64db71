// SPDX-License-Identifier: MIT
// The lock of those who change what one of them waits for, checked by exhaustive interleaving: every schedule of threads
// that wait, in turns, and of threads that change something and then wake one of them. Each stretch under the mutex is
// one step; a thread that sleeps goes on only when it is notified, and finds out for itself whether that was meant. That
// the enumeration can fail is shown by orders that are wrong.
#include "support/catch.hpp"
#include "support/harness.hpp"
#include "support/interleave.hpp"

#include <polleros/detail/step_out_lock.hpp>

#include <array>
#include <tuple>

using namespace polleros_test;
using polleros::detail::StepOutState;

namespace {

enum class Order {
    right,
    wakesNobody,      // a changer announces itself, and that is all
    comesBackAtOnce,  // the waiter does not wait for those who have announced themselves
    forgetsWakeups,   // one wait takes all the poller knows of them
    notifiesNoWaiter, // the last changer goes without a word
};

struct Model {
    static constexpr std::size_t most = 4;

    enum Step : unsigned char {
        start,
        asleep, // until notified
        entering,
        inside,   // the poller's own wait, without the mutex
        changing, // with the mutex
        counting,
        waking,
        done
    };
    struct Thread {
        bool waits = false;
        Step step = done;
        int left = 0;
        bool notified = false;
        bool isLast = false;
        auto key() const { return std::tuple(step, left, notified, isLast); }
    };

    Order order = Order::right;
    std::array<Thread, most> thread{};
    StepOutState state;
    bool mutex = false;   // held by one who changes something
    bool pending = false; // the poller's next wait ends at once
    int wakeups = 0;
    bool waiting = false; // what the state knows, to tell states apart
    bool isInside = false;
    int announced = 0;

    bool enabled(std::size_t index) const {
        const Thread& me = thread[index];
        switch (me.step) {
        case done: return false;
        case asleep: return me.notified && !mutex;
        case inside: return pending;
        case changing:
        case waking: return true;
        default: return !mutex;
        }
    }

    void step(std::size_t index) {
        Thread& me = thread[index];
        me.waits ? stepWaiter(me) : stepChanger(me);
    }

    void notify(bool waiters, Step asleepFor) {
        for (Thread& each : thread) {
            if (each.step == asleep && each.waits == waiters && sleepsFor(each) == asleepFor) {
                each.notified = true;
                if (waiters) {
                    return; // one of them
                }
            }
        }
    }
    // A waiter that sleeps wants its turn, or, if it is its turn, to come back.
    Step sleepsFor(const Thread& each) const { return !each.waits ? changing : &each == owner() ? entering : start; }
    const Thread* owner() const { return turn < most ? &thread[turn] : nullptr; }
    std::size_t turn = most;

    void stepWaiter(Thread& me) {
        const auto number = static_cast<std::size_t>(&me - thread.data());
        me.notified = false;
        switch (me.step) {
        case asleep:
        case start:
        case entering:
            if (turn != number) {
                if (!state.mayWait()) {
                    me.step = asleep;
                    return;
                }
                state.beginWait();
                waiting = true;
                turn = number;
            }
            if (!state.mayEnter() && order != Order::comesBackAtOnce) {
                me.step = asleep;
                return;
            }
            state.enter();
            isInside = true;
            me.step = inside;
            return;
        default: // the poller's wait is over
            if (mutex) {
                return; // comes out when it can
            }
            pending = false;
            state.stepOut();
            isInside = false;
            if (announced != 0) {
                notify(false, changing);
            }
            if (wakeups == 0) {
                me.step = entering;
                return;
            }
            --wakeups;
            pending = wakeups != 0 && order != Order::forgetsWakeups;
            state.endWait();
            waiting = false;
            turn = most;
            notify(true, start);
            --me.left;
            me.step = me.left != 0 ? start : done;
        }
    }

    void stepChanger(Thread& me) {
        switch (me.step) {
        case start:
            if (!state.mayChange()) {
                ++announced;
                if (state.announce() && order != Order::wakesNobody) {
                    pending = true;
                }
                me.step = asleep;
                me.notified = false;
                return;
            }
            mutex = true;
            me.isLast = false;
            me.step = changing;
            return;
        case asleep:
            me.notified = false;
            if (!state.mayChange()) {
                return;
            }
            --announced;
            me.isLast = state.beginAnnounced();
            mutex = true;
            me.step = changing;
            return;
        case changing:
            mutex = false;
            if (std::exchange(me.isLast, false) && order != Order::notifiesNoWaiter) {
                notify(true, entering);
            }
            me.step = counting;
            return;
        case counting:
            ++wakeups;
            me.step = waking;
            return;
        default:
            pending = true;
            --me.left;
            me.step = me.left != 0 ? start : done;
        }
    }

    bool finished() const {
        for (const Thread& each : thread) {
            if (each.step != done) {
                return false;
            }
        }
        return wakeups == 0;
    }
    std::string wrong() const { return mutex && isInside ? "one changes what another waits in" : ""; }
    auto key() const {
        return std::tuple(thread[0].key(), thread[1].key(), thread[2].key(), thread[3].key(), mutex, pending, wakeups,
                          waiting, isInside, announced, turn);
    }
};

// Waiters that wait `waits` times each, and as many wakeups of as many changes.
Interleavings exploreLock(Order order, std::size_t waiters, int waits, std::size_t changers, int changes) {
    Model model;
    model.order = order;
    for (std::size_t index = 0; index < waiters + changers; ++index) {
        model.thread[index].waits = index < waiters;
        model.thread[index].left = index < waiters ? waits : changes;
        model.thread[index].step = Model::start;
    }
    return explore(model, waiters + changers);
}

} // namespace

TEST_CASE("in every order nobody changes what another waits in, and everybody has his turn") {
    struct Shape {
        std::size_t waiters;
        int waits;
        std::size_t changers;
        int changes;
    };
    for (const Shape shape :
         {Shape{1, 1, 1, 1}, {1, 2, 2, 1}, {1, 3, 3, 1}, {2, 1, 2, 1}, {2, 2, 2, 2}, {1, 4, 2, 2}, {3, 1, 1, 3}}) {
        CAPTURE(shape.waiters, shape.waits, shape.changers, shape.changes);
        const Interleavings found =
            exploreLock(Order::right, shape.waiters, shape.waits, shape.changers, shape.changes);
        CAPTURE(found.schedule);
        CHECK(found.wrong == "");
        CHECK(found.ends > 0);
        CHECK(found.states > 10);
    }
}

TEST_CASE("an order of the lock that is wrong is found to be") {
    for (const Order order :
         {Order::wakesNobody, Order::comesBackAtOnce, Order::forgetsWakeups, Order::notifiesNoWaiter}) {
        CAPTURE(static_cast<int>(order));
        CHECK_FALSE(exploreLock(order, 1, 4, 2, 2).wrong.empty());
    }
}
