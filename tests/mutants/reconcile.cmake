# SPDX-License-Identifier: MIT
# Bugs in what is registered follows what is wanted.

polleros_mutant(
    empty_mask_instead_of_removal
    BUG "Who stops wanting anything keeps an empty mask, and a hang-up ends every wait (polling#11, netty#327)."
    FILE detail/core_reconcile.hpp
    FROM [=[case Change::remove: unregister(backend, channel, When::byNextWait); break;]=]
    TO [=[case Change::remove: ec = backend.modify(number, channel.seqN_, channel.exp_, wanted); break;]=]
    TEST contract/intent.cpp
    CASE "I1 who wants nothing"
    SETTING EpollLocal)

polleros_mutant(
    refused_change_left_armed
    BUG "A change fails, and what was armed before goes on ending waits (seastar#1785)."
    FILE detail/core_reconcile.hpp
    FROM [=[    unregister(backend, channel, When::byNextWait);
    park(channel, refusalOf(ec));]=]
    TO [=[    park(channel, refusalOf(ec));]=]
    TEST contract/parked.cpp
    CASE "C10 a change that the kernel refuses"
    SETTING EpollLocal)

polleros_mutant(
    missing_is_no_bad_handle
    BUG "What is missing at a change is passed on as a code that says nothing of a closed handle (open5gs#4781)."
    FILE detail/core_reconcile.hpp
    FROM [=[return ec == Errc::notFound ? errorCode(Errc::badHandle) : ec;]=]
    TO [=[return ec;]=]
    TEST backend/linux/retried_handle.cpp
    CASE "a change for a number that is another")

polleros_mutant(
    thrower_goes_deaf
    BUG "A source whose question fails is left alone in silence, and is deaf from then on."
    FILE detail/core_reconcile.hpp
    FROM [=[park(channel, errorCode(Errc::sourceThrew));]=]
    TO [=[]=]
    TEST contract/intent.cpp
    CASE "I8 a source that throws is one"
    SETTING EpollScanned)

polleros_mutant(
    token_survives_reconnect
    BUG "A handle is replaced under the same token: a duplicate of the old file speaks for the new one."
    FILE detail/core_reconcile.hpp
    FROM [=[const SeqN seqN = store_.draw(channel.place());]=]
    TO [=[const SeqN seqN = channel.seqN_;]=]
    TEST unit/poller_core.cpp
    CASE "sequence numbers go on")

polleros_mutant(
    token_survives_loss
    BUG "What is registered again after a loss has its old token, and the old file spins."
    FILE detail/core_reconcile.hpp
    FROM [=[std::error_code ec = replaced || lost ?]=]
    TO [=[std::error_code ec = replaced ?]=]
    TEST backend/linux/retried_handle.cpp
    CASE "what is registered again after a loss")

polleros_mutant(
    no_room_for_ever
    BUG "A kernel without room for a moment (ENOSPC, fs.epoll.max_user_watches) makes a channel deaf for good."
    FILE detail/core_reconcile.hpp
    FROM [=[channel.set(FlagSet<Flag>{Flag::retry, Flag::unproven});]=]
    TO [=[channel.set(Flag::unproven);]=]
    TEST contract/parked.cpp
    CASE "N5 want of kernel memory"
    SETTING EpollLocal)

polleros_mutant(
    retry_told_each_time
    BUG "An error of the library is told again with every try, which is every wait."
    FILE detail/core_reconcile.hpp
    FROM [=[if (retried && !changed && !due && channel.error_ == before)]=]
    TO [=[if (false)]=]
    TEST contract/parked.cpp
    CASE "N5 want of kernel memory"
    SETTING EpollLocal)

polleros_mutant(
    work_not_told
    BUG "What a source has to do without the kernel waits for the kernel."
    FILE detail/core_reconcile.hpp
    FROM [=[        report(channel, Trigger::work);
]=]
    TO [=[]=]
    TEST contract/work.cpp
    CASE "C11 work is reported at once"
    SETTING EpollLocal)

polleros_mutant(
    first_takes_all_buffers
    BUG "The scan begins at the same channel each time, and one of three gets every buffer."
    FILE detail/core_reconcile.hpp
    FROM [=[scanStart_ = firstWork_ + 1;]=]
    TO [=[scanStart_ = 0;]=]
    TEST contract/work.cpp
    CASE "N30 one buffer"
    SETTING EpollScanned)

polleros_mutant(
    ring_does_not_turn
    BUG "The same of the list of those that are not local."
    FILE detail/channel_lists.hpp
    FROM [=[            ring_ = store_.at(ring_).ringNext;
        }
    }

private]=]
    TO [=[        }
    }

private]=]
    TEST contract/work.cpp
    CASE "N30 one buffer"
    SETTING PollSometimes)

polleros_mutant(
    broken_promise_unseen
    BUG "A source changes without a word, and nothing finds out."
    FILE detail/core_reconcile.hpp
    FROM [=[kept = kept && deadlines_.isCurrent(channel, stated.deadline);
        }]=]
    TO [=[kept = kept && deadlines_.isCurrent(channel, stated.deadline);
        }
        kept = true;]=]
    TEST unit/poller.cpp
    CASE "a local source that changes")

polleros_mutant(
    parked_for_ever
    BUG "A channel with an error is never tried again, whatever its owner does."
    FILE detail/core_reconcile.hpp
    FROM [=[(exhausted || (!changed && !threw && !retried))]=]
    TO [=[(exhausted || true)]=]
    TEST contract/parked.cpp
    CASE "N18 a parked channel stays parked"
    SETTING EpollLocal)

polleros_mutant(
    parked_tried_each_time
    BUG "A channel with an error is tried, and told, by every wait that looks at it."
    FILE detail/core_reconcile.hpp
    FROM [=[(exhausted || (!changed && !threw && !retried))]=]
    TO [=[exhausted]=]
    TEST contract/parked.cpp
    CASE "N18 a parked channel stays parked"
    SETTING EpollLocal)

polleros_mutant(
    marked_stays_in_kernel
    BUG "What is about to be deleted goes on ending waits."
    FILE detail/core_reconcile.hpp
    FROM [=[    if (channel.is(Flag::marked)) {
        withdraw(backend, channel, When::byNextWait);
        return;]=]
    TO [=[    if (channel.is(Flag::marked)) {
        return;]=]
    TEST contract/iteration.cpp
    CASE "N8 a marked channel is not reported"
    SETTING EpollLocal)

polleros_mutant(
    touched_but_not_asked
    BUG "Of sources that are local at times only those that are not are asked, whoever was touched."
    FILE detail/core_reconcile.hpp
    FROM [=[Channel& channel = *next;]=]
    TO [=[Channel& channel = *next;
        if (SometimesLocal<S>) {
            next = lists_.release(channel);
            continue;
        }]=]
    TEST contract/work.cpp
    CASE "N22 who starves is not local"
    SETTING EpollLocal)

polleros_mutant(
    modify_is_an_add
    BUG "A change is told as an add, six times as dear or refused."
    FILE reconcile.hpp
    FROM [=[return wanted.empty() ? Change::remove : Change::modify;]=]
    TO [=[return wanted.empty() ? Change::remove : Change::add;]=]
    TEST unit/reconcile.cpp
    CASE "one change leads")

polleros_mutant(
    same_interest_told_again
    BUG "Another intent that means the same to the kernel costs a call (uWebSockets, mio's reregister)."
    FILE detail/core_reconcile.hpp
    FROM [=[    if (wanted != channel.exp_) {]=]
    TO [=[    if (true) {]=]
    TEST contract/intent.cpp
    CASE "I4 changes that cancel out"
    SETTING EpollLocal)

polleros_mutant(
    lost_owner_told_later
    BUG "Who loses its number to one that is asked later hears of it one wait later, or never if that blocks."
    FILE detail/core_reconcile.hpp
    FROM [=[while (is(Condition::evicted)) [[unlikely]] {]=]
    TO [=[while (false) {]=]
    TEST contract/contested.cpp
    CASE "C15 who loses its number"
    SETTING EpollScanned)

polleros_mutant(
    swapped_handles_meet
    BUG "Two swap their handles, and the second finds its own taken."
    FILE detail/core_lifecycle.hpp
    FROM [=[    if (moved) {
        unregister]=]
    TO [=[    if (false) {
        unregister]=]
    TEST contract/replaced.cpp
    CASE "N2 two sources that swap"
    SETTING EpollLocal)

polleros_mutant(
    replaced_keeps_error
    BUG "What the old handle had is told of the new one, which has its own chance."
    FILE detail/core_reconcile.hpp
    FROM [=[            channel.error_ = 0;
            channel.unset(Flag::errorDue);
        }
        return;]=]
    TO [=[        }
        return;]=]
    TEST contract/parked.cpp
    CASE "N18 a parked channel stays parked"
    SETTING EpollLocal)

polleros_mutant(
    applied_work_forgotten
    BUG "A change is applied at once, and the work that it asks for is never told: no wait sees a change."
    FILE detail/core_reconcile.hpp
    FROM [=[[[unlikely]] { // the next wait sees no change any more that it would tell
            channel.set(Flag::works);
]=]
    TO [=[[[unlikely]] { // the next wait sees no change any more that it would tell
]=]
    TEST contract/applied.cpp
    CASE "work that was applied"
    SETTING EpollLocal)

polleros_mutant(
    applied_refusal_unsaid
    BUG "What was to be in force at once is refused, and the call says that all is well."
    FILE detail/core_reconcile.hpp
    FROM [=[    return channel.error();
}

/// Its source]=]
    TO [=[    return {};
}

/// Its source]=]
    TEST contract/applied.cpp
    CASE "what the system refuses to apply"
    SETTING EpollLocal)

polleros_mutant(
    marked_follows
    BUG "Who is about to be deleted is registered for something else."
    FILE detail/core_reconcile.hpp
    FROM [=[        touched(channel);
    }
    if (!channel.is(Flag::marked)) {]=]
    TO [=[        touched(channel);
    }
    if (true) {]=]
    TEST contract/applied.cpp
    CASE "who is marked for deletion follows"
    SETTING EpollLocal)
