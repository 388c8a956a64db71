# SPDX-License-Identifier: MIT
# Bugs in one wait, and what ends it.

polleros_mutant(
    empty_wait_returns
    BUG "A wait for nothing returns at once, and its caller spins."
    FILE detail/poller_wait.hpp
    FROM [=[const bool polls = timeout.isImmediate();]=]
    TO [=[const bool polls = timeout.isImmediate() || core_.size() == 0;]=]
    TEST contract/time.cpp
    CASE "T7 a poller with no channels"
    SETTING EpollLocal)

polleros_mutant(
    interruption_ends_wait
    BUG "A signal ends a wait, as an error."
    FILE detail/poller_wait.hpp
    FROM [=[if (detail::meaningOf(ec) != detail::Meaning::interrupted) {]=]
    TO [=[if (ec) {]=]
    TEST backend/linux/epoll.cpp
    CASE "a thousand interruptions")

polleros_mutant(
    interruption_restarts_timeout
    BUG "After a signal the whole timeout begins anew: under a storm of them no wait ends (bun#34780)."
    FILE detail/poller_wait.hpp
    FROM [=[Timeout(Timeout(next).remaining(waitTime_))]=]
    TO [=[timeout]=]
    TEST contract/time.cpp
    CASE "T6 a signal neither"
    SETTING ScriptedLocal)

polleros_mutant(
    early_end_is_the_end
    BUG "The kernel comes back early, and the wait says that its time is over (libuv 427e4c9d4)."
    FILE detail/poller_wait.hpp
    FROM [=[(timed && end <= waitTime_)]=]
    TO [=[timed]=]
    TEST backend/linux/epoll.cpp
    CASE "an early end without events")

polleros_mutant(
    pending_work_sleeps
    BUG "There is something to report already, and the wait sleeps."
    FILE detail/poller_wait.hpp
    FROM [=[const bool blocks = endless && core_.reported() == 0 && arm();]=]
    TO [=[const bool blocks = endless && arm();]=]
    TEST contract/work.cpp
    CASE "C11 work is reported at once"
    SETTING EpollLocal)

polleros_mutant(
    timeout_beats_deadline
    BUG "The wait's timeout is later than a deadline, and the deadline is told late."
    FILE detail/poller_wait.hpp
    FROM [=[HasDeadline<S> ? detail::smaller<TimePoint>(end, core_.nextDeadline()) : end]=]
    TO [=[end]=]
    TEST contract/deadlines.cpp
    CASE "T10 the wait"
    SETTING PollSometimes)

polleros_mutant(
    rebuild_loses_waker
    BUG "A kernel set is made anew, and nobody can wake it."
    FILE detail/poller_wait.hpp
    FROM [=[core_.set(Condition::impaired, wake_ != nullptr && registerWake());]=]
    TO [=[]=]
    TEST backend/linux/epoll.cpp
    CASE "a registration that a duplicate keeps alive")

polleros_mutant(
    rebuild_loses_channels
    BUG "A kernel set is made anew, and is empty."
    FILE detail/poller_wait.hpp
    FROM [=[        core_.registerAll(backend_);
        return true;]=]
    TO [=[        return true;]=]
    TEST backend/linux/epoll.cpp
    CASE "a registration that a duplicate keeps alive")

polleros_mutant(
    rebuild_tried_each_time
    BUG "While there is no new set to be had, every turn tries for one and spins."
    FILE detail/poller_wait.hpp
    FROM [=[rebuildPause_ = rebuildBackOff_;]=]
    TO [=[]=]
    TEST backend/linux/epoll.cpp
    CASE "while no new set can be had")

polleros_mutant(
    outer_loop_not_woken
    BUG "A wake before an outer loop blocks does not keep it from blocking."
    FILE detail/poller_wait.hpp
    FROM [=[failed || !wake_->state.arm() || ec]=]
    TO [=[failed || ec]=]
    TEST contract/embedding.cpp
    CASE "N11 a wake before prepare"
    SETTING EpollLocal)

polleros_mutant(
    late_write_is_a_wake
    BUG "A wake that was told already is told again when its write arrives."
    FILE detail/poller_wait.hpp
    FROM [=[core_.stats().lateWakes += signalled ? 1U : 0U; // its wake was reported before its signal arrived
    return false;]=]
    TO [=[core_.stats().lateWakes += signalled ? 1U : 0U;
    return signalled;]=]
    TEST contract/waking.cpp
    CASE "N10 a write that comes after"
    SETTING EpollLocal)

polleros_mutant(
    wake_handle_not_drained
    BUG "A wake handle that tells states is not emptied, and ends every wait (polling#265)."
    FILE detail/poller_wait.hpp
    FROM [=[        wake_->signalHandle().drain(); // before looking: what comes after it signals anew
]=]
    TO [=[]=]
    TEST contract/waking.cpp
    CASE "N10 a write that comes after"
    SETTING PollSometimes)

polleros_mutant(
    wake_ends_no_wait
    BUG "A wake that comes with a refused wait is gone."
    FILE detail/poller_wait.hpp
    FROM [=[            return false; // a wake stays pending for the next wait]=]
    TO [=[            if (wake_ != nullptr) {
                static_cast<void>(disarm(false));
            }
            return false;]=]
    TEST contract/waking.cpp
    CASE "W10 a wake is not lost"
    SETTING EpollLocal)

polleros_mutant(
    armed_by_a_store
    BUG "The one who is about to sleep says so by a store, over a wake that came between its look and its sleep (zio#610)."
    FILE waker.hpp
    FROM [=[return state_.compare_exchange_strong(expected, waiting, std::memory_order_acq_rel) || expected == waiting;]=]
    TO [=[state_.store(waiting);
        return expected == idle;]=]
    TEST unit/waker.cpp
    CASE "in every order of every step")

polleros_mutant(
    second_prepare_sleeps_deaf
    BUG "Who is announced twice believes in a wake that never was."
    FILE waker.hpp
    FROM [=[|| expected == waiting;]=]
    TO [=[;]=]
    TEST contract/embedding.cpp
    CASE "N11 a second prepare"
    SETTING EpollLocal)

polleros_mutant(
    every_wake_writes
    BUG "Each wake is a system call, until the pipe is full."
    FILE waker.hpp
    FROM [=[std::memory_order_acq_rel) == waiting; }]=]
    TO [=[std::memory_order_acq_rel) != pending; }]=]
    TEST unit/waker.cpp
    CASE "a wake asks for a signal")

polleros_mutant(
    wake_after_the_flag
    BUG "A flag says that a wake is under way, and its owner clears it without looking: the wake is lost (polling#265)."
    FILE waker.hpp
    FROM [=[return state_.exchange(idle, std::memory_order_acq_rel) == pending;]=]
    TO [=[state_.store(idle);
        return false;]=]
    TEST unit/waker.cpp
    CASE "in every order of every step")

polleros_mutant(
    waker_does_not_own
    BUG "A wake hits a descriptor that was closed with the poller and is another's by now (boostorg/asio#320)."
    FILE waker.hpp
    FROM [=[explicit Waker(detail::WakeBlock& block) noexcept : block_(&block) { block_->retain(); }]=]
    TO [=[explicit Waker(detail::WakeBlock& block) noexcept : block_(&block) {}]=]
    TEST contract/waking.cpp
    CASE "W9 a waker outlives"
    SETTING EpollLocal)

polleros_mutant(
    last_waker_leaks
    BUG "Nobody closes the wake handle."
    FILE waker.hpp
    FROM [=[references_.fetch_sub(1, std::memory_order_acq_rel) == 1]=]
    TO [=[references_.fetch_sub(1, std::memory_order_acq_rel) == 0]=]
    TEST contract/waking.cpp
    CASE "W9 a waker outlives"
    SETTING EpollLocal)

polleros_mutant(
    errno_lost_in_wake
    BUG "A wake from a signal handler changes the errno of what it interrupts."
    FILE detail/posix_wake.hpp
    FROM [=[        errno = before;
]=]
    TO [=[]=]
    TEST contract/waking.cpp
    CASE "W8 a wake leaves errno"
    SETTING EpollLocal)

polleros_mutant(
    full_pipe_spins
    BUG "A pipe full of wakes blocks who wakes."
    FILE detail/posix_wake.hpp
    FROM [=[} while (written == -1 && errno == EINTR);]=]
    TO [=[} while (written == -1);]=]
    TEST backend/linux/wake_handles.cpp
    CASE "signals that nobody drains")

polleros_mutant(
    pipe_ends_swapped
    BUG "The ends of the wake pipe are mixed up (mio#1722)."
    FILE detail/posix_wake.hpp
    FROM [=[UniqueHandle<Sys>(ends[0]);
        writer_ = UniqueHandle<Sys>(ends[1]);]=]
    TO [=[UniqueHandle<Sys>(ends[1]);
        writer_ = UniqueHandle<Sys>(ends[0]);]=]
    TEST backend/linux/wake_handles.cpp
    CASE "a system without eventfds")

polleros_mutant(
    no_pipe_instead
    BUG "A sandbox without eventfds has no wakes."
    FILE detail/posix_wake.hpp
    FROM [=[if (errno != ENOSYS && errno != EPERM) {]=]
    TO [=[if (errno != ENOSYS) {]=]
    TEST backend/linux/wake_handles.cpp
    CASE "a system without eventfds")

polleros_mutant(
    edge_believed_everywhere
    BUG "An eventfd is not read, though nobody is told of edges (libuv#4400)."
    FILE detail/posix_wake.hpp
    FROM [=[        if (edge_) {
            return;]=]
    TO [=[        if (true) {
            return;]=]
    TEST contract/waking.cpp
    CASE "N10 a write that comes after"
    SETTING PollSometimes)

polleros_mutant(
    child_shares_set
    BUG "A forked child's poller works on its parent's set (libuv#846)."
    FILE poller.hpp
    FROM [=[return detail::ForkCount::current() != forks_;]=]
    TO [=[return false;]=]
    TEST contract/process.cpp
    CASE "C19 a poller used after a fork"
    SETTING EpollLocal)

polleros_mutant(
    child_keeps_wake_handle
    BUG "A child that starts anew drains its parent's wakes."
    FILE detail/poller_lifecycle.hpp
    FROM [=[    if (wake_ != nullptr) { // the parent has it too: a wake here would be one there]=]
    TO [=[    if (false) {]=]
    TEST contract/process.cpp
    CASE "K2 a forked child that resets"
    SETTING EpollLocal)

polleros_mutant(
    waiting_in_a_handler
    BUG "A handler waits, and what it was called from goes on with lists that are gone."
    FILE detail/poller_wait.hpp
    FROM [=[POLLEROS_ASSERT(!core_.is(core_.busy),]=]
    TO [=[POLLEROS_ASSERT(true,]=]
    TEST contract/iteration.cpp
    CASE "N25 waiting inside"
    SETTING EpollLocal)

polleros_mutant(
    outer_loop_misses_deadline
    BUG "An outer loop is not told of the next deadline, and blocks past it."
    FILE detail/poller_wait.hpp
    FROM [=[return next > backend_.now() ? Timeout(next) : Timeout::immediately();]=]
    TO [=[return next > backend_.now() ? Timeout::never() : Timeout::immediately();]=]
    TEST contract/embedding.cpp
    CASE "N11 prepare() says how long"
    SETTING EpollLocal)

polleros_mutant(
    rebuilt_unsaid
    BUG "The set was made anew, and an outer loop waits for the old one."
    FILE detail/poller_wait.hpp
    FROM [=[result.handleReplaced |= rebuild();]=]
    TO [=[static_cast<void>(rebuild());]=]
    TEST contract/embedding.cpp
    CASE "N11 after a rebuild"
    SETTING EpollLocal)

polleros_mutant(
    deadline_only_after_news
    BUG "A deadline runs out while data keeps coming, and is told when that ends."
    FILE detail/poller_wait.hpp
    FROM [=[        expire();
        if (core_.reported() != 0 || result.woken) {]=]
    TO [=[        if (!hasNews) {
            expire();
        }
        if (core_.reported() != 0 || result.woken) {]=]
    TEST contract/deadlines.cpp
    CASE "T9 who moves the deadline"
    SETTING EpollLocal)

polleros_mutant(
    outer_loop_sleeps_with_wake
    BUG "prepare() after a touch believes that it woke already, and writes nothing from then on."
    FILE detail/poller_wait.hpp
    FROM [=[    core_.wakeOnChange(wake_);
]=]
    TO [=[]=]
    TEST contract/embedding.cpp
    CASE "N23 what the outer loop queues"
    SETTING EpollLocal)
