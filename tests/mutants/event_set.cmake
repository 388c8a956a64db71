# SPDX-License-Identifier: MIT
# Bugs in a set that all threads change and wait in.

polleros_mutant(
    removed_write_stops_read
    BUG "Who asks for write no more is not told read either."
    FILE detail/event_set_bodies.hpp
    FROM [=[change(handle, less, {}, nullptr)]=]
    TO [=[change(handle, everything, {}, nullptr)]=]
    TEST event_set/changes.cpp
    CASE "E5 a changed mask is exact"
    SETTING EpollLocal)

polleros_mutant(
    modified_end_is_old
    BUG "A modify does not tell the end again."
    FILE detail/event_set_bodies.hpp
    FROM [=[    entry.ended = false;
]=]
    TO [=[]=]
    TEST event_set/told.cpp
    CASE "E1 the end is told to who asks"
    SETTING EpollLocal)

polleros_mutant(
    refused_change_stays
    BUG "A change that failed is made all the same, by the next wait."
    FILE detail/event_set_bodies.hpp
    FROM [=[entry = before;]=]
    TO [=[]=]
    TEST event_set/refused.cpp
    CASE "E5 a change that the system refuses"
    SETTING EpollLocal)

polleros_mutant(
    refused_change_is_an_event
    BUG "A change failed, and who asks for nothing is told an error of the handle."
    FILE detail/event_set_bodies.hpp
    FROM [=[return !(channel.peek().triggers() - Trigger::work).empty() || channel.error() == Errc::badHandle;]=]
    TO [=[return true;]=]
    TEST event_set/refused.cpp
    CASE "E5 what had been told"
    SETTING EpollLocal)

polleros_mutant(
    equal_edge_not_armed
    BUG "A modify to the same does not arm an edge again."
    FILE detail/event_set_bodies.hpp
    FROM [=[entry.delivery == Delivery::edge ? rearm(*channel) : poller_.apply(*channel);]=]
    TO [=[poller_.apply(*channel);]=]
    TEST event_set/delivery.cpp
    CASE "E6 an edge is told"
    SETTING EpollLocal)

polleros_mutant(
    one_handle_too_many
    BUG "The limit of handles is one too late."
    FILE detail/event_set_bodies.hpp
    FROM [=[poller_.size() >= maxHandles_]=]
    TO [=[poller_.size() > maxHandles_]=]
    TEST event_set/changes.cpp
    CASE "E5 there may be a limit"
    SETTING EpollLocal)

polleros_mutant(
    more_than_the_array
    BUG "More is ready than the array holds, and is written behind its end."
    FILE detail/event_set_bodies.hpp
    FROM [=[if (count == into.size()) {]=]
    TO [=[if (count == into.size() + 1) {]=]
    TEST event_set/delivery.cpp
    CASE "E4 what a short array"
    SETTING EpollLocal)

polleros_mutant(
    more_than_maxevents
    BUG "What was left over does not count among the events of a wait."
    FILE detail/event_set_bodies.hpp
    FROM [=[into.first(detail::smaller<std::size_t>(into.size(), maxEvents_))]=]
    TO [=[into]=]
    TEST event_set/delivery.cpp
    CASE "E4 never more than maxEvents, nor with"
    SETTING EpollLocal)

polleros_mutant(
    left_over_lost
    BUG "A short array has no room for a oneShot, which is lost."
    FILE detail/event_set_bodies.hpp
    FROM [=[return entry.delivery == Delivery::level && !entry.asked.empty() ? told & EventFlag::hangup : told;]=]
    TO [=[return {};]=]
    TEST event_set/delivery.cpp
    CASE "E4 what a short array"
    SETTING EpollLocal)

polleros_mutant(
    left_over_is_old
    BUG "What there was no room for is told later, though it is not so any more."
    FILE detail/event_set_bodies.hpp
    FROM [=[return entry.delivery == Delivery::level && !entry.asked.empty() ? told & EventFlag::hangup : told;]=]
    TO [=[return told;]=]
    TEST event_set/delivery.cpp
    CASE "E4 what waited for room"
    SETTING EpollLocal)

polleros_mutant(
    dead_handle_stays
    BUG "A handle that was closed unremoved stays in the set, which its number's next owner cannot enter."
    FILE detail/event_set_bodies.hpp
    FROM [=[drop(channel); // told once; the number may be somebody else's by now]=]
    TO [=[]=]
    TEST event_set/delivery.cpp
    CASE "E4 of a closed handle"
    SETTING PollLocal)

polleros_mutant(
    end_hides_data
    BUG "A peer that says its last words and goes is closed without having been heard."
    FILE detail/event_set_bodies.hpp
    FROM [=[        !(reads && detail::nextRead(entry.number).ahead == detail::Ahead::data)) {]=]
    TO [=[        (reads || !reads)) {]=]
    TEST event_set/told.cpp
    CASE "E1 the end is told once"
    SETTING EpollLocal)

polleros_mutant(
    look_takes_the_error
    BUG "Who looks what is left to read takes the error away."
    FILE detail/event_set_bodies.hpp
    FROM [=[entry.delivery != Delivery::edge && !act.has(Trigger::err);]=]
    TO [=[entry.delivery != Delivery::edge;]=]
    TEST event_set/told.cpp
    CASE "E1 why there is an error"
    SETTING EpollLocal)

polleros_mutant(
    told_end_ends_waits
    BUG "A hang-up that was told stays armed: with a full send buffer 67 000 waits in 50 ms."
    FILE event_set.hpp
    FROM [=[when(!ended || edge, Trigger::hangup)]=]
    TO [=[Triggers(Trigger::hangup)]=]
    TEST event_set/told.cpp
    CASE "E1 half closed and full"
    SETTING EpollLocal)

polleros_mutant(
    one_shot_repeats
    BUG "A oneShot is told for as long as it lasts."
    FILE detail/event_set_bodies.hpp
    FROM [=[entry.armed && (told.empty() || entry.delivery != Delivery::oneShot);]=]
    TO [=[entry.armed;]=]
    TEST event_set/delivery.cpp
    CASE "E6 a one-shot"
    SETTING EpollLocal)

polleros_mutant(
    same_number_is_current
    BUG "An event of a handle that was removed passes for one of who has its number now."
    FILE detail/event_set_bodies.hpp
    FROM [=[return poller_.find(event.registration) != nullptr;]=]
    TO [=[return poller_.findHandle(event.handle) != nullptr;]=]
    TEST event_set/changes.cpp
    CASE "E5 an event tells"
    SETTING EpollLocal)

polleros_mutant(
    wakeups_count_once
    BUG "Two wakeups end one wait, and the second waiter sleeps on."
    FILE detail/event_set_bodies.hpp
    FROM [=[            --wakeups_;]=]
    TO [=[            wakeups_ = 0;]=]
    TEST event_set/threads.cpp
    CASE "E3 wakeups are counted"
    SETTING EpollLocal)

polleros_mutant(
    wakeup_behind_events_lost
    BUG "A wakeup that comes with events is gone."
    FILE detail/event_set_bodies.hpp
    FROM [=[if (wakeups_ != 0) { // the poller has forgotten them]=]
    TO [=[if (false) {]=]
    TEST event_set/threads.cpp
    CASE "E3 wakeups are counted"
    SETTING EpollLocal)

polleros_mutant(
    turn_without_timeout
    BUG "Who waits for another waiter waits longer than his timeout."
    FILE detail/step_out_lock.hpp
    FROM [=[hasTurn_ = lock.turn_.awaitUntil(lock.mutex_, timeout.deadline(now), isFree);]=]
    TO [=[static_cast<void>(now);
                    lock.turn_.await(lock.mutex_, isFree);
                    hasTurn_ = true;]=]
    TEST event_set/threads.cpp
    CASE "E3 who waits for his turn"
    SETTING EpollLocal)

polleros_mutant(
    change_seen_after_the_timeout
    BUG "A change from another thread is not seen before the wait is over."
    FILE detail/step_out_lock.hpp
    FROM [=[            waker_.wake();]=]
    TO [=[]=]
    TEST event_set/threads.cpp
    CASE "E2 a change is in force"
    SETTING EpollLocal)

polleros_mutant(
    waiter_comes_back_at_once
    BUG "The waiter steps out and in again, and who wants to change something starves."
    FILE detail/step_out_lock.hpp
    FROM [=[lock_.back_.await(lock_.mutex_, [this] { return lock_.state_.mayEnter(); });]=]
    TO [=[]=]
    TEST event_set/threads.cpp
    CASE "E2 a change is in force"
    SETTING EpollLocal)

polleros_mutant(
    waiter_never_comes_back
    BUG "The waiter has stepped out for a change, and nobody says that it is over."
    FILE detail/step_out_lock.hpp
    FROM [=[                lock_.back_.wakeOne();]=]
    TO [=[]=]
    TEST event_set/threads.cpp
    CASE "E2 a change is in force"
    SETTING EpollLocal)

polleros_mutant(
    changed_inside
    BUG "A change does not wait for who is inside."
    FILE detail/step_out_lock.hpp
    FROM [=[bool mayChange() const noexcept { return !inside_; }]=]
    TO [=[bool mayChange() const noexcept { return true; }]=]
    TEST unit/step_out.cpp
    CASE "in every order nobody changes")

polleros_mutant(
    comes_back_too_early
    BUG "The waiter comes back when the first of those who had announced themselves has had its turn, and the others starve."
    FILE detail/step_out_lock.hpp
    FROM [=[bool mayEnter() const noexcept { return announced_ == 0; }]=]
    TO [=[bool mayEnter() const noexcept { return true; }]=]
    TEST unit/step_out.cpp
    CASE "in every order nobody changes")

polleros_mutant(
    mutex_given_to_nobody
    BUG "A mutex is given back, and who sleeps for it is not woken."
    FILE detail/brief_mutex.hpp
    FROM [=[return replace(State::taken, State::free, std::memory_order_release);]=]
    TO [=[giveWanted();
        return true;]=]
    TEST unit/detail/brief_mutex.cpp
    CASE "in every order one has a brief mutex")

polleros_mutant(
    mutex_wanted_by_one
    BUG "Who has slept for a mutex takes it as if nobody else did, and the next one sleeps for ever."
    FILE detail/brief_mutex.hpp
    FROM [=[exchange(State::wanted, std::memory_order_acquire)]=]
    TO [=[exchange(State::taken, std::memory_order_acquire)]=]
    TEST unit/detail/brief_mutex.cpp
    CASE "in every order one has a brief mutex")

polleros_mutant(
    mutex_taken_by_two
    BUG "A mutex that somebody waits for is taken by whoever comes."
    FILE detail/brief_mutex.hpp
    FROM [=[return replace(State::free, State::taken, std::memory_order_acquire);]=]
    TO [=[return replace(State::free, State::taken, std::memory_order_acquire) ||
               state_.load(std::memory_order_acquire) == State::wanted;]=]
    TEST unit/detail/brief_mutex.cpp
    CASE "in every order one has a brief mutex")

polleros_mutant(
    left_over_survives_modify
    BUG "What there was no room for is told though a modify asks for something else."
    FILE detail/event_set_bodies.hpp
    FROM [=[    entry.kept = {};
    const std::error_code ec]=]
    TO [=[    const std::error_code ec]=]
    TEST event_set/delivery.cpp
    CASE "E4 what waited for room"
    SETTING EpollLocal)

polleros_mutant(
    change_ends_wait
    BUG "A change from another thread ends a wait, of which its caller sees nothing."
    FILE detail/event_set_bodies.hpp
    FROM [=[while (!ec && !over && !news && !result.woken) {]=]
    TO [=[if (!ec) {]=]
    TEST event_set/threads.cpp
    CASE "E2 changes neither"
    SETTING EpollLocal)

polleros_mutant(
    change_restarts_timeout
    BUG "With each change from another thread the timeout begins anew, and the wait has no end."
    FILE detail/event_set_bodies.hpp
    FROM [=[ends ? Timeout(timeout.deadline(poller_.now())) : timeout;]=]
    TO [=[timeout;]=]
    TEST event_set/threads.cpp
    CASE "E2 changes neither"
    SETTING EpollLocal)

polleros_mutant(
    next_waiter_sleeps_on
    BUG "A wait has ended, and whoever waits for its turn is not told."
    FILE detail/step_out_lock.hpp
    FROM [=[                    lock_.turn_.wakeOne();]=]
    TO [=[                    static_cast<void>(lock_);]=]
    TEST event_set/threads.cpp
    CASE "E3 each of several"
    SETTING EpollLocal)
