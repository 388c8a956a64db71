# SPDX-License-Identifier: MIT
# Bugs in the kernel that tests are told to believe in.

polleros_mutant(
    scripted_number_not_lowest
    BUG "A closed number does not come back at once, and no test meets one that was reused."
    FILE detail/scripted_tables.hpp
    FROM [=[std::pop_heap(freeNumbers_.begin(), freeNumbers_.end(), std::greater<>{});]=]
    TO [=[]=]
    TEST unit/backend/scripted.cpp
    CASE "handles are the lowest free numbers")

polleros_mutant(
    scripted_close_forgets_file
    BUG "Closing one number drops the registrations of a file that a duplicate keeps open, which no epoll does."
    FILE detail/scripted_tables.hpp
    FROM [=[if (--file(closed).numbers == 0) {]=]
    TO [=[if (--file(closed).numbers != 0xFFFF) {]=]
    TEST unit/backend/scripted.cpp
    CASE "keyed by file: closing drops")

polleros_mutant(
    scripted_close_unseen
    BUG "A closed number stays silent where poll(2) says POLLNVAL."
    FILE detail/scripted_tables.hpp
    FROM [=[const bool failed = registration.file == closedFile;]=]
    TO [=[const bool failed = false;]=]
    TEST unit/backend/scripted.cpp
    CASE "keyed by number: a closed one fails")

polleros_mutant(
    scripted_told_first_again
    BUG "What was told goes to the head of the queue, and a small batch tells it for ever."
    FILE detail/scripted_tables.hpp
    FROM [=[        const Index last = set.ready_.last;
        for (Index index = last == none ? none : set.ready_.first; index != none && room != 0;) {]=]
    TO [=[        const Index last = set.ready_.first;
        for (Index index = last == none ? none : set.ready_.last; index != none && room != 0;) {]=]
    TEST unit/backend/scripted.cpp
    CASE "a small batch starves nobody")

polleros_mutant(
    scripted_edge_is_level
    BUG "An edge is told again and again."
    FILE detail/scripted_tables.hpp
    FROM [=[} else if (!registration.interest.has(InterestFlag::edge)) {]=]
    TO [=[} else {]=]
    TEST unit/backend/scripted.cpp
    CASE "with edge interest a state is told once")

polleros_mutant(
    scripted_change_without_look
    BUG "What is ready already is not told to who asks for it later."
    FILE detail/scripted_tables.hpp
    FROM [=[        registrations_[index].set->places_[placeOf(seqN)] = index;
        queue(index);]=]
    TO [=[        registrations_[index].set->places_[placeOf(seqN)] = index;]=]
    TEST unit/backend/scripted_model.cpp
    CASE "it agrees with a simple model")

polleros_mutant(
    scripted_error_masked
    BUG "An error is told only to who asked for something that is ready."
    FILE detail/scripted_tables.hpp
    FROM [=[Readiness::fromBits(registration.interest.bits() & 0x7U) | ReadyFlag::error | ReadyFlag::hangup;]=]
    TO [=[Readiness::fromBits(registration.interest.bits() & 0x7U) | ReadyFlag::hangup;]=]
    TEST unit/backend/scripted.cpp
    CASE "what is told follows the interest")

polleros_mutant(
    scripted_action_too_late
    BUG "A wait sleeps to its end, past what was to happen in between."
    FILE backend/scripted.hpp
    FROM [=[std::min<TimePoint>(kernel_->clock_.nextAction(), deadline);]=]
    TO [=[deadline != noDeadline ? deadline : kernel_->clock_.nextAction();]=]
    TEST unit/backend/scripted_time.cpp
    CASE "actions run on time and in order")

polleros_mutant(
    scripted_wake_before_its_listener
    BUG "What the bell had rung before somebody listened is not heard."
    FILE detail/scripted_wake.hpp
    FROM [=[heard_ = 0; // an edge wait, too, begins with what is there]=]
    TO [=[heard_ = bell_ != nullptr ? bell_->rung() : 0;]=]
    TEST unit/backend/scripted_time.cpp
    CASE "wakes find each other by number only")
