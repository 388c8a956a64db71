# SPDX-License-Identifier: MIT
# Bugs in triggers, times and deadlines.

polleros_mutant(
    always_armed_never_told
    BUG "A bit is armed for everybody and mapped to nothing: a byte out of band ends every wait."
    FILE interest.hpp
    FROM [=[    Interest interest;
    if (intent]=]
    TO [=[    Interest interest = InterestFlag::priority;
    if (intent]=]
    TEST unit/interest.cpp
    CASE "each kernel trigger asks")

polleros_mutant(
    half_close_is_all
    BUG "The peer's half-close is taken for the end of everything (mio#939)."
    FILE interest.hpp
    FROM [=[        told |= Trigger::hangup;
    }
    return told;]=]
    TO [=[        told |= kernelTriggers;
    }
    return told;]=]
    TEST unit/interest.cpp
    CASE "the end of the peer")

polleros_mutant(
    hangup_hides_data
    BUG "A hang-up hides the data before it: who reads is not told (libuv abfc4f0b1)."
    FILE interest.hpp
    FROM [=[return kernelTriggers;]=]
    TO [=[return Trigger::hangup;]=]
    TEST unit/interest.cpp
    CASE "after an error or a full hang-up")

polleros_mutant(
    writer_not_told_of_error
    BUG "A pipe without a reader says error alone, and who waits to write waits for ever (mio#1350)."
    FILE interest.hpp
    FROM [=[return asked.empty() ? asked : asked | Trigger::err;]=]
    TO [=[return asked.empty() ? asked : Triggers(Trigger::err);]=]
    TEST contract/readiness.cpp
    CASE "R12 a full pipe"
    SETTING EpollLocal)

polleros_mutant(
    hangup_unasked
    BUG "A hang-up is told to who did not ask, and drops the last message."
    FILE interest.hpp
    FROM [=[    if (ready.has(ReadyFlag::readEnd)) {
        told |= Trigger::hangup;]=]
    TO [=[    if (ready.has(ReadyFlag::read)) {
        told |= Trigger::hangup;]=]
    TEST unit/interest.cpp
    CASE "hangup is not told for data")

polleros_mutant(
    time_cut_to_zero
    BUG "A timeout below a millisecond is cut to 0, and the loop spins until it is over (mio#1642)."
    FILE timeout.hpp
    FROM [=[left / million + (left % million != 0 ? 1 : 0);]=]
    TO [=[left / million;]=]
    TEST unit/timeout.cpp
    CASE "milliseconds are rounded up")

polleros_mutant(
    time_overflows_int
    BUG "A long timeout overflows an int, and is none at all (mio#1948)."
    FILE timeout.hpp
    FROM [=[static_cast<int>(whole < most ? whole : most)]=]
    TO [=[static_cast<int>(whole)]=]
    TEST unit/timeout.cpp
    CASE "milliseconds beyond an int")

polleros_mutant(
    deadline_overflows
    BUG "A long timeout reaches past the end of time, and has ended before it began (libuv#922)."
    FILE timeout.hpp
    FROM [=[return isNever() || overflows ? noDeadline]=]
    TO [=[return isNever() ? noDeadline]=]
    TEST unit/timeout.cpp
    CASE "the deadline of a duration")

polleros_mutant(
    fraction_dropped
    BUG "A fraction of a nanosecond is cut, so that a wait may end early."
    FILE timeout.hpp
    FROM [=[static_cast<long double>(whole) < exact ? whole + 1 : whole]=]
    TO [=[whole]=]
    TEST unit/timeout.cpp
    CASE "fractions of a nanosecond")

polleros_mutant(
    past_deadline_told_for_ever
    BUG "A deadline that is left in the past ends every wait."
    FILE deadlines.hpp
    FROM [=[} else if (stated != keys_[index]) {]=]
    TO [=[} else {]=]
    TEST contract/deadlines.cpp
    CASE "T8 a deadline that is left"
    SETTING EpollLocal)

polleros_mutant(
    earlier_deadline_sleeps
    BUG "A deadline moves nearer, and the wait goes on to the old one."
    FILE deadlines.hpp
    FROM [=[                rise(index);
            }
        } else]=]
    TO [=[            }
        } else]=]
    TEST unit/deadlines.cpp
    CASE "against an ordinary map")

polleros_mutant(
    smaller_child_missed
    BUG "The heap sinks to the wrong side, and the first deadline is not the first."
    FILE deadlines.hpp
    FROM [=[child += child + 1 < heap_ && keys_[child + 1] < keys_[child] ? 1 : 0;]=]
    TO [=[]=]
    TEST unit/deadlines.cpp
    CASE "against an ordinary map")

polleros_mutant(
    moved_deadline_costs
    BUG "A deadline that moves away with every message costs the heap's work each time."
    FILE deadlines.hpp
    FROM [=[            if (stated < keys_[index]) {]=]
    TO [=[            if (stated != keys_[index]) {]=]
    TEST unit/deadlines.cpp
    CASE "a deadline that moves later")

polleros_mutant(
    dead_deadline
    BUG "The deadline of what was deleted stays in the heap."
    FILE detail/core_reconcile.hpp
    FROM [=[        deadlines_.remove(channel);
]=]
    TO [=[]=]
    TEST unit/deadlines.cpp
    CASE "a deadline that was given up")
