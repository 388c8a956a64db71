# SPDX-License-Identifier: MIT
# Bugs in a loop that calls handlers, and in who may register with it when.

polleros_mutant(
    deregistering_waits_for_itself
    BUG "A handler that deregisters itself waits until it has returned."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[runningOn_ == handle && !isLoop();]=]
    TO [=[runningOn_ == handle;]=]
    TEST dispatcher/registration.cpp
    CASE "D2 a handler that deregisters itself"
    SETTING EpollLocal)

polleros_mutant(
    deregistering_does_not_wait
    BUG "A handler still runs when it has been deregistered, and what it uses is freed."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[if (serial != 0) {]=]
    TO [=[if (false) {]=]
    TEST dispatcher/handlers.cpp
    CASE "D2 deregistering waits for the handler"
    SETTING EpollLocal)

polleros_mutant(
    second_deregistering_does_not_wait
    BUG "A handler deregistered itself, and whoever does it next is told that there is nothing, while it still runs."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[(found == nullptr || found->peek().serial == running_)]=]
    TO [=[(found != nullptr && found->peek().serial == running_)]=]
    TEST dispatcher/handlers.cpp
    CASE "D2 deregistering waits for the handler"
    SETTING EpollLocal)

polleros_mutant(
    stopping_waits_for_itself
    BUG "A handler that stops the loop waits for its own end."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[        if (isLoop()) {
            return;
        }
]=]
    TO [=[]=]
    TEST dispatcher/handlers.cpp
    CASE "D1 in a handler everything"
    SETTING EpollLocal)

polleros_mutant(
    stopping_wakes_nobody
    BUG "A loop that waits does not notice that it has to stop."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[stopping_ = looping_; });
    lock_.wake();]=]
    TO [=[stopping_ = looping_; });]=]
    TEST dispatcher/lifecycle.cpp
    CASE "D6 stop wakes a loop"
    SETTING EpollLocal)

polleros_mutant(
    registered_twice
    BUG "What is registered is refused, and the former handler goes on."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[            running = runningFor(handle, found);
            former = poller_.detachChannel(*found, ec);
]=]
    TO [=[            running = runningFor(handle, found);
]=]
    TEST dispatcher/registration.cpp
    CASE "D3 who is registered twice"
    SETTING EpollLocal)

polleros_mutant(
    refused_and_lost
    BUG "A registration that fails has taken the former one with it."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[            if (former) {
                poller_.attachChannel(number, std::move(*former), gone);
            }
]=]
    TO [=[]=]
    TEST dispatcher/refused.cpp
    CASE "D3 a registration that the system refuses"
    SETTING EpollLocal)

polleros_mutant(
    dead_after_error
    BUG "What is registered anew after an error is accepted, and told nothing."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[made.serial = ++lastSerial_;]=]
    TO [=[made.serial = ++lastSerial_;
        made.over = former && former->over;]=]
    TEST dispatcher/told.cpp
    CASE "D4 the end of the stream"
    SETTING EpollLocal)

polleros_mutant(
    former_handler_comes_back
    BUG "A handler registers its own handle anew, and when it returns it is put in its successor's place."
    FILE detail/dispatcher_loop.hpp
    FROM [=[return found != nullptr && found->peek().serial == running_ ? found : nullptr;]=]
    TO [=[return found;]=]
    TEST dispatcher/registration.cpp
    CASE "D3 a handler registers its own handle"
    SETTING EpollLocal)

polleros_mutant(
    stopped_thread_forgotten
    BUG "The thread of a loop that ended by itself is in the way of the next one."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[    former = std::move(thread_);
    loop_ = {};]=]
    TO [=[    loop_ = {};]=]
    TEST dispatcher/lifecycle.cpp
    CASE "D7 what a handler throws on the loop"
    SETTING EpollLocal)

polleros_mutant(
    exception_forgotten
    BUG "What has ended a loop is forgotten when the next one ends."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[failure_ = failure ? failure : failure_;]=]
    TO [=[failure_ = failure;]=]
    TEST dispatcher/lifecycle.cpp
    CASE "D7 what a handler throws on the loop"
    SETTING EpollLocal)

polleros_mutant(
    handler_under_the_lock
    BUG "A handler is called with the lock held, and calls."
    FILE detail/dispatcher_loop.hpp
    FROM [=[turn_.outside([&] { handler_(event); });]=]
    TO [=[handler_(event);]=]
    TEST dispatcher/handlers.cpp
    CASE "D1 in a handler everything"
    SETTING EpollLocal)

polleros_mutant(
    dies_under_the_lock
    BUG "The last of a handler is destroyed with the lock held, and its destructor calls."
    FILE detail/dispatcher_loop.hpp
    FROM [=[turn.outside([&] { handler = nullptr; });]=]
    TO [=[static_cast<void>(turn), handler = nullptr;]=]
    TEST dispatcher/handlers.cpp
    CASE "D1 a handler's destructor"
    SETTING EpollLocal)

polleros_mutant(
    error_without_end
    BUG "After a reset the error is told for ever, 449 000 times in half a second."
    FILE detail/dispatcher_loop.hpp
    FROM [=[registration.kinds - EventKind::readable : EventKinds();]=]
    TO [=[registration.kinds - EventKind::readable : registration.kinds;]=]
    TEST dispatcher/told.cpp
    CASE "D4 a reset is told once"
    SETTING EpollLocal)

polleros_mutant(
    end_is_readable
    BUG "The end of the stream is something to read, for ever."
    FILE detail/dispatcher_loop.hpp
    FROM [=[return hungUp || next.ahead == detail::Ahead::end ? errorCode(Errc::endOfStream) : std::error_code{};]=]
    TO [=[return {};]=]
    TEST dispatcher/told.cpp
    CASE "D4 the end of the stream"
    SETTING EpollLocal)

polleros_mutant(
    end_before_data
    BUG "The end of the stream is told, and what came before it is never read."
    FILE detail/dispatcher_loop.hpp
    FROM [=[if (next.ahead == detail::Ahead::data && reads) {]=]
    TO [=[if (false) {]=]
    TEST dispatcher/told.cpp
    CASE "D4 the end of the stream"
    SETTING EpollLocal)

polleros_mutant(
    end_told_again
    BUG "Who keeps half-open is told the end for ever."
    FILE detail/dispatcher_loop.hpp
    FROM [=[goesOn ? registration.kinds - EventKind::readable : EventKinds();]=]
    TO [=[goesOn ? registration.kinds : EventKinds();]=]
    TEST dispatcher/told.cpp
    CASE "D4 who keeps half-open"
    SETTING EpollLocal)

polleros_mutant(
    handle_in_use_when_told
    BUG "A handler that is told the end closes the handle, and the kernel still has it."
    FILE detail/dispatcher_loop.hpp
    FROM [=[static_cast<void>(poller_.apply(channel));]=]
    TO [=[]=]
    TEST dispatcher/told.cpp
    CASE "D4 when an error is told"
    SETTING EpollLocal)

polleros_mutant(
    throttled_and_armed
    BUG "Throttled is only whom nobody calls: the kernel ends every wait."
    FILE detail/registration.hpp
    FROM [=[when(writes() && !throttled, Trigger::send)]=]
    TO [=[when(writes(), Trigger::send)]=]
    TEST dispatcher/throttle.cpp
    CASE "D5 between two intervals"
    SETTING EpollLocal)

polleros_mutant(
    throttled_for_ever
    BUG "Nobody wakes up when the interval is over."
    FILE detail/registration.hpp
    FROM [=[return writes() && throttled ? throttledUntil : noDeadline;]=]
    TO [=[return noDeadline;]=]
    TEST dispatcher/throttle.cpp
    CASE "D5 the interval is the registration's")

polleros_mutant(
    each_has_its_interval
    BUG "A thousand sockets with room wake the loop a thousand times an interval."
    FILE detail/writable_interval.hpp
    FROM [=[smaller<std::chrono::nanoseconds>(interval / 10, std::chrono::milliseconds(5))]=]
    TO [=[std::chrono::nanoseconds(1)]=]
    TEST dispatcher/throttle.cpp
    CASE "D5 times that are close")

polleros_mutant(
    interval_cut_short
    BUG "Times that come together come too early."
    FILE detail/writable_interval.hpp
    FROM [=[return soonest - past + (past.count() > 0 ? grid : grid.zero());]=]
    TO [=[return soonest - past;]=]
    TEST dispatcher/throttle.cpp
    CASE "D5 times that are close")

polleros_mutant(
    environment_unchecked
    BUG "The environment says 0, and the loop spins."
    FILE detail/writable_interval.hpp
    FROM [=[clamped(meant, 5LL, 5000LL)]=]
    TO [=[meant]=]
    TEST dispatcher/throttle.cpp
    CASE "D5 what the environment says")

polleros_mutant(
    everybody_waits
    BUG "Who deregisters a handle waits for whatever handler runs, which may wait for him."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[running_ != 0 && runningOn_ == handle && !isLoop();]=]
    TO [=[running_ != 0 && !isLoop();]=]
    TEST dispatcher/handlers.cpp
    CASE "D2 deregistering waits for the handler"
    SETTING EpollLocal)

polleros_mutant(
    stopped_goes_on
    BUG "A handler has stopped the loop, and the others of the same wait are called."
    FILE detail/dispatcher_loop.hpp
    FROM [=[            if (stopping_) {
                break; // what is left over comes again; who was handed out would not
            }
]=]
    TO [=[]=]
    TEST dispatcher/handlers.cpp
    CASE "D6 who stops the loop is the last"
    SETTING EpollLocal)

polleros_mutant(
    ending_is_running
    BUG "A loop that is about to end is in the way of the next one."
    FILE detail/dispatcher_bodies.hpp
    FROM [=[return !looping_ || !stopping_ || isLoop();]=]
    TO [=[return true;]=]
    TEST dispatcher/lifecycle.cpp
    CASE "D6 start waits"
    SETTING EpollLocal)

polleros_mutant(
    half_a_handler_moved
    BUG "Of a handler of two words the first is called."
    FILE detail/move_only_function.hpp
    FROM [=[std::memcpy(storage_, other.storage_, words);]=]
    TO [=[std::memcpy(storage_, other.storage_, words / 2);]=]
    TEST unit/detail/move_only_function.cpp
    CASE "what is small is moved")
