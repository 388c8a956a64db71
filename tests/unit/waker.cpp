// SPDX-License-Identifier: MIT
// The waker's order, checked by exhaustive interleaving: every schedule of producers that wake and an owner that arms,
// waits, drains and disarms, for wake handles with edges and with levels. Each atomic step of the real WakeState is one
// step of the model. That the enumeration can fail is shown by orders that are wrong.
#include "support/catch.hpp"
#include "support/harness.hpp"
#include "support/interleave.hpp"

#include <polleros/waker.hpp>

#include <array>
#include <tuple>

using namespace polleros_test;
using polleros::detail::WakeState;

namespace {

// The real state machine as a value. Its state cannot be read: it is brought there anew, and found out by asking twice.
class ModelState {
public:
    enum Value : unsigned char { idle, waiting, pending };

    bool wake() {
        return apply([](WakeState& state) { return state.wake(); });
    }
    bool arm() {
        return apply([](WakeState& state) { return state.arm(); });
    }
    bool disarm() {
        return apply([](WakeState& state) { return state.disarm(); });
    }

    // For wrong orders only: steps that the real one does not have.
    Value value = idle;

private:
    void bring(WakeState& state) const {
        if (value == waiting) {
            static_cast<void>(state.arm());
        } else if (value == pending) {
            static_cast<void>(state.wake());
        }
    }
    template <class Step>
    bool apply(Step step) {
        WakeState one;
        WakeState other;
        bring(one);
        bring(other);
        const bool result = step(one);
        static_cast<void>(step(other));
        const bool isWaiting = one.wake();     // true only then
        const bool isPending = other.disarm(); // and this only then
        value = isWaiting ? waiting : isPending ? pending : idle;
        return result;
    }
};

enum class Order {
    right,
    wakeLoadsFirst,    // not an exchange: a look, then a store
    armsByStore,       // overwrites a wake
    armsOnce,          // goes on waiting after a late write without arming again
    drainsAfterArming, // swallows the write of a wake that came in between
    looksThenDrains,   // a look at the state, the drain, and only then the reset
    signalsFirst,      // writes before the exchange
    publishesLate,     // the mail is in the box only after the wake
};

struct Model {
    static constexpr int maxProducers = 3;

    struct Producer {
        int left = 0; // messages still to send
        int step = 0;
        bool mustSignal = false;
        bool sawWaiting = false;
        auto key() const { return std::tuple(left, step, mustSignal, sawWaiting); }
    };

    Order order = Order::right;
    bool edge = false;
    bool nested = false;  // prepare(), somebody else's poll on the kernel set, harvest()
    int timeoutsLeft = 0; // waits that may end for another reason, at any time

    ModelState state;
    std::array<Producer, maxProducers> producer;
    int mail = 0;          // sent, not yet taken
    int wakes = 0;         // that began a new pending
    int reported = 0;      // waits that said `woken`
    bool readable = false; // level: bytes in the pipe; edge: an edge not yet told
    int writes = 0;
    int arms = 0;

    enum Step { arming, inOuterLoop, inKernel, draining, disarming, taking, lateDrain };
    Step ownerStep = arming;
    bool blocks = false;
    bool heard = false;  // the wake handle was among what the wait brought
    bool looked = false; // of looksThenDrains

    static constexpr std::size_t owner = 0;

    bool enabled(std::size_t thread) const {
        if (thread == owner) {
            return (ownerStep != inKernel && ownerStep != inOuterLoop) || !blocks || readable || timeoutsLeft > 0;
        }
        return producer[thread - 1].left > 0;
    }

    void step(std::size_t thread) { thread == owner ? stepOwner() : stepProducer(producer[thread - 1]); }

    void stepProducer(Producer& me) {
        const auto publish = [&] { ++mail; };
        const auto exchange = [&] {
            const auto before = state.value;
            me.mustSignal = state.wake();
            wakes += before != ModelState::pending ? 1 : 0;
        };
        const auto signal = [&] {
            readable = true;
            ++writes;
        };
        const auto done = [&] {
            me.step = 0;
            me.mustSignal = false;
            --me.left;
        };
        switch (order) {
        case Order::wakeLoadsFirst:
            if (me.step == 0) {
                publish();
            } else if (me.step == 1) {
                me.sawWaiting = state.value == ModelState::waiting;
            } else if (me.step == 2) {
                wakes += state.value != ModelState::pending ? 1 : 0;
                state.value = ModelState::pending;
                if (!std::exchange(me.sawWaiting, false)) {
                    return done();
                }
            } else {
                signal();
                return done();
            }
            break;
        case Order::signalsFirst:
            if (me.step == 0) {
                publish();
            } else if (me.step == 1) {
                me.sawWaiting = state.value == ModelState::waiting;
                if (std::exchange(me.sawWaiting, false)) {
                    signal();
                }
            } else {
                exchange();
                return done();
            }
            break;
        case Order::publishesLate:
            if (me.step == 0) {
                exchange();
            } else if (me.step == 1) {
                if (me.mustSignal) {
                    signal();
                }
            } else {
                publish();
                return done();
            }
            break;
        default: // Waker::wake()
            if (me.step == 0) {
                publish();
            } else if (me.step == 1) {
                exchange();
                if (!me.mustSignal) {
                    return done();
                }
            } else {
                signal();
                return done();
            }
            break;
        }
        ++me.step;
    }

    // Poller::waitTriggers(): arm, wait in the kernel, drain, disarm; once more if nothing came of it.
    void stepOwner() {
        switch (ownerStep) {
        case arming:
            heard = false;
            if (order == Order::armsByStore) {
                state.value = ModelState::waiting;
                blocks = true;
            } else {
                blocks = state.arm();
            }
            arms += blocks ? 1 : 0;
            ownerStep = order == Order::drainsAfterArming && looked ? lateDrain : nested ? inOuterLoop : inKernel;
            looked = false;
            break;
        case inOuterLoop: // consumes nothing
            timeoutsLeft -= blocks && !readable ? 1 : 0;
            blocks = false;
            ownerStep = inKernel;
            break;
        case lateDrain:
            readable = readable && edge;
            ownerStep = inKernel;
            break;
        case inKernel:
            if (blocks && !readable) {
                --timeoutsLeft;
            }
            heard = readable;
            readable = readable && !edge; // an edge is told once
            ownerStep = draining;
            if (order == Order::looksThenDrains) {
                looked = state.value == ModelState::pending;
            }
            if (order == Order::drainsAfterArming) {
                looked = heard; // to be drained later
            } else if (!heard || edge) {
                ownerStep = disarming;
            }
            if (order == Order::drainsAfterArming) {
                ownerStep = disarming;
            }
            break;
        case draining:
            readable = false;
            ownerStep = disarming;
            break;
        case disarming: {
            bool woken = false;
            if (order == Order::looksThenDrains) {
                woken = looked;
                state.value = ModelState::idle;
            } else if (order == Order::armsOnce && heard && state.value != ModelState::pending) {
                state.value = ModelState::idle; // told late: it goes on waiting as it is
                ownerStep = inKernel;
                break;
            } else {
                woken = state.disarm();
            }
            reported += woken ? 1 : 0;
            // The one reason to be here without one: the wait ended otherwise, or a late write ended it, and it goes on.
            ownerStep = woken ? taking : arming;
            break;
        }
        case taking:
            mail = 0;
            ownerStep = arming;
            break;
        }
    }

    bool idleForEver() const { return (ownerStep == inKernel || ownerStep == inOuterLoop) && blocks && !readable; }
    bool finished() const {
        for (const Producer& each : producer) {
            if (each.left > 0) {
                return false;
            }
        }
        return idleForEver() && mail == 0; // it waits, and everything has been taken
    }
    std::string wrong() const {
        if (reported > wakes) {
            return "a wake was reported that nobody made, or twice";
        }
        if (writes > arms) {
            return "more writes than announced waits";
        }
        return {};
    }
    auto key() const {
        return std::tuple(state.value, producer[0].key(), producer[1].key(), producer[2].key(), mail, wakes - reported,
                          readable, arms - writes, ownerStep, blocks, heard, looked, timeoutsLeft);
    }
};

// Producers with two messages each.
Interleavings exploreWaker(Order order, bool edge, bool nested, std::size_t producers, int timeouts) {
    Model model;
    model.order = order;
    model.edge = edge;
    model.nested = nested;
    model.timeoutsLeft = timeouts;
    for (std::size_t index = 0; index < producers; ++index) {
        model.producer[index].left = 2;
    }
    return explore(model, producers + 1);
}

} // namespace

TEST_CASE("in every order of every step no wake is lost, none is reported twice, and writes are announced") {
    // The third takes minutes under an emulator, and a model is the same on every machine.
    const std::size_t most = isTranslated() ? 2 : 3;
    for (const bool edge : {false, true}) {
        for (const bool nested : {false, true}) {
            for (std::size_t producers = 1; producers <= most; ++producers) {
                for (const int timeouts : {0, 2}) {
                    CAPTURE(edge, nested, producers, timeouts);
                    const Interleavings found = exploreWaker(Order::right, edge, nested, producers, timeouts);
                    CAPTURE(found.schedule);
                    CHECK(found.wrong == "");
                    CHECK(found.ends > 0);
                    CHECK(found.states > 20);
                }
            }
        }
    }
}

TEST_CASE("an order that is wrong is found to be") {
    for (const Order order : {Order::wakeLoadsFirst, Order::armsByStore, Order::armsOnce, Order::drainsAfterArming,
                              Order::looksThenDrains, Order::signalsFirst, Order::publishesLate}) {
        CAPTURE(static_cast<int>(order));
        // Some show only with a level, some only with a late write: one of these is enough.
        bool caught = false;
        for (const bool edge : {false, true}) {
            caught = caught || !exploreWaker(order, edge, false, 2, 2).wrong.empty();
        }
        CHECK(caught);
    }
}

TEST_CASE("a wake asks for a signal only of who waits, once") {
    WakeState state;
    CHECK_FALSE(state.wake());   // nobody waits
    CHECK_FALSE(state.arm());    // remembered: no blocking
    CHECK(state.disarm());       // reported
    CHECK_FALSE(state.disarm()); // once
    CHECK(state.arm());
    CHECK(state.arm()); // stays armed
    CHECK(state.wake());
    CHECK_FALSE(state.wake());
    CHECK_FALSE(state.arm());
    CHECK(state.disarm());
    CHECK(state.arm());
    CHECK_FALSE(state.disarm()); // nobody came
    CHECK_FALSE(state.wake());   // and who comes now need not signal
}

TEST_CASE("an empty waker wakes nobody, and is copied and moved like any value") {
    polleros::Waker waker;
    polleros::Waker copy = waker;
    copy = std::move(waker);
    copy.wake();
    CHECK_FALSE(static_cast<bool>(copy));
    STATIC_REQUIRE(sizeof(polleros::Waker) == sizeof(void*));
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<polleros::Waker>);
    STATIC_REQUIRE(std::is_nothrow_move_assignable_v<polleros::Waker>);
}
