# SPDX-License-Identifier: MIT
# Bugs in what a kqueue is told, and what it says.

polleros_mutant(
    end_is_hangup
    BUG "The end of what can be read is taken for a hang-up, with data unread."
    FILE backend/kqueue.hpp
    FROM [=[case Filter::read: return ended ? ReadyFlag::read | ReadyFlag::readEnd :]=]
    TO [=[case Filter::read: return ended ? ReadyFlag::read | ReadyFlag::hangup :]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "what an event says")

polleros_mutant(
    change_list_stops
    BUG "The first change that fails ends the call, and the rest is not made (mio#276)."
    FILE detail/kqueue_set.hpp
    FROM [=[changes[index].flags | Sys::evReceipt);]=]
    TO [=[changes[index].flags);]=]
    TEST backend/linux/kqueue.cpp
    CASE "what must be at once")

polleros_mutant(
    trigger_resets_clear
    BUG "What triggers a user event sets it up anew, and it tells for ever (polling#265)."
    FILE detail/kqueue_wake.hpp
    FROM [=[change(0, Sys::noteTrigger)]=]
    TO [=[change(Sys::evAdd, Sys::noteTrigger)]=]
    TEST backend/linux/kqueue_wake.cpp
    CASE "a trigger carries neither")

polleros_mutant(
    user_event_not_taken
    BUG "A user event that was told is told again (mio 23a4e96f)."
    FILE detail/kqueue_wake.hpp
    FROM [=[Sys::evAdd | Sys::evClear, 0) == -1]=]
    TO [=[Sys::evAdd, 0) == -1]=]
    TEST backend/linux/kqueue_wake.cpp
    CASE "a user event wakes")

polleros_mutant(
    child_closes_number
    BUG "A child closes the number of a kqueue that it never had (libuv#1583)."
    FILE detail/kqueue_handle.hpp
    FROM [=[            queue_.release();
]=]
    TO [=[]=]
    TEST backend/linux/kqueue_wake.cpp
    CASE "in a forked child")

polleros_mutant(
    time_out_is_an_error
    BUG "macOS calls a time-out an error, and so does the wait (go#59679)."
    FILE backend/kqueue.hpp
    FROM [=[reason != ETIMEDOUT ? detail::systemError(reason) : std::error_code{};]=]
    TO [=[detail::systemError(reason);]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "an interrupted wait")

polleros_mutant(
    interrupted_changes_made_twice
    BUG "A wait is interrupted, and its changes count as not made."
    FILE backend/kqueue.hpp
    FROM [=[reason == 0 || reason == ETIMEDOUT || reason == EINTR]=]
    TO [=[reason == 0]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "an interrupted wait")

polleros_mutant(
    junk_is_an_event
    BUG "An entry of zeros is taken for an event (go#14127)."
    FILE backend/kqueue.hpp
    FROM [=[return registrations.find(event) != nullptr;]=]
    TO [=[return true;]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "entries that say nothing")

polleros_mutant(
    no_place_for_failures
    BUG "There is less room than changes, and a failure is nobody's."
    FILE backend/kqueue.hpp
    FROM [=[const std::size_t room = detail::larger<std::size_t>(changes, room_);]=]
    TO [=[const std::size_t room = room_;]=]
    TEST backend/linux/kqueue.cpp
    CASE "there is room for every failure")

polleros_mutant(
    dead_pipe_is_an_error
    BUG "A pipe without a reader cannot be watched, and its writer is refused instead of told (mio#582)."
    FILE detail/kqueue_set.hpp
    FROM [=[return answer.data == EPIPE ||]=]
    TO [=[return]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "who wants to write into a pipe")

polleros_mutant(
    newcomer_before_leaver
    BUG "Who comes for a number is registered before who leaves it is removed, and goes with it."
    FILE detail/kqueue_set.hpp
    FROM [=[std::error_code ec = registrations_.anyRemovals() ? flush(What::removals) : std::error_code{};]=]
    TO [=[std::error_code ec;]=]
    TEST backend/linux/kqueue.cpp
    CASE "what leaves goes before")

polleros_mutant(
    generation_dropped
    BUG "32 bits carry the place alone: an event of the old one is the new one's."
    FILE detail/kqueue_token.hpp
    FROM [=[(number & 0xFFFFU) << 16U | (number >> placeBits & 0xFFFFU)]=]
    TO [=[(number & 0xFFFFU) << 16U]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "32 bits carry")

polleros_mutant(
    unread_data_wakes
    BUG "Who asks for the end alone is told of data, by every wait."
    FILE detail/kqueue_registrations.hpp
    FROM [=[edge || (isHangupOnly(changed) && !changed.ended)]=]
    TO [=[edge]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "who asks for the end")

polleros_mutant(
    changes_apart
    BUG "Each change is a call of its own, though they could travel with the wait."
    FILE detail/kqueue_set.hpp
    FROM [=[return when == When::now ? enforce(*added) : std::error_code{};]=]
    TO [=[return enforce(*added);]=]
    TEST backend/linux/kqueue.cpp
    CASE "changes that cancel out")

polleros_mutant(
    renewed_queue_believed
    BUG "A queue that was made anew is believed to have what the old one had."
    FILE detail/kqueue_set.hpp
    FROM [=[        registrations_.clear();
        return {};]=]
    TO [=[        return {};]=]
    TEST backend/linux/kqueue.cpp
    CASE "a renewed queue")

polleros_mutant(
    reason_ignored
    BUG "The end of a stream comes with a reason, and is taken for an orderly one."
    FILE backend/kqueue.hpp
    FROM [=[if (ended && event.fflags != 0 && filter != Filter::except) {]=]
    TO [=[if (false) {]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "what an event says")

polleros_mutant(
    failure_hides_events
    BUG "Failures come alone, and what is ready beside them is not asked for."
    FILE backend/kqueue.hpp
    FROM [=[if (refused_ && events_ == 0) {]=]
    TO [=[if (false) {]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "a change that fails is told")

polleros_mutant(
    end_told_once
    BUG "Who asks for the end alone is told of it once, as of an edge."
    FILE detail/kqueue_registrations.hpp
    FROM [=[            told.ended = ended;
            refresh(told);]=]
    TO [=[            told.ended = ended;]=]
    TEST backend/linux/kqueue_answers.cpp
    CASE "who asks for the end of the stream alone")

polleros_mutant(
    record_believed
    BUG "A number was closed without a word, and the table is believed before the kernel (polling#262)."
    FILE detail/kqueue_set.hpp
    FROM [=[        registrations_.forget(*owner);
        return false;]=]
    TO [=[        return true;]=]
    TEST backend/linux/kqueue.cpp
    CASE "a handle that somebody is registered for")

polleros_mutant(
    half_an_add_stays
    BUG "Of two filters one is refused, and the other stays in the kernel (mio#276)."
    FILE detail/kqueue_set.hpp
    FROM [=[        if (ec) {
            removeNow(changed);
        }]=]
    TO [=[]=]
    TEST backend/linux/kqueue.cpp
    CASE "an add that is refused")

polleros_mutant(
    failure_kept_from_outer_loop
    BUG "A change fails before an outer loop blocks, which is not told and blocks."
    FILE backend/kqueue.hpp
    FROM [=[return set_.registrations().pending() != 0;]=]
    TO [=[return false;]=]
    TEST backend/linux/kqueue.cpp
    CASE "submit makes all changes")

polleros_mutant(
    one_is_not_submitted
    BUG "What has to follow at once waits for the next wait with all the rest."
    FILE backend/kqueue.hpp
    FROM [=[submit(SeqN seqN) noexcept { return set_.enforce(seqN); }]=]
    TO [=[submit(SeqN /*seqN*/) noexcept { return {}; }]=]
    TEST backend/linux/kqueue.cpp
    CASE "the changes of one are made at once")

polleros_mutant(
    one_submits_all
    BUG "One has to follow at once, and the changes of all others go with it."
    FILE backend/kqueue.hpp
    FROM [=[return set_.enforce(seqN); }]=]
    TO [=[return seqN == SeqN{} ? set_.enforce(seqN) : set_.flush(What::everything); }]=]
    TEST backend/linux/kqueue.cpp
    CASE "the changes of one are made at once")

polleros_mutant(
    removal_of_one_waits
    BUG "What is to be gone at once is in the kernel until the next wait."
    FILE detail/kqueue_set.hpp
    FROM [=[return changed != nullptr ? enforce(*changed) : flush(What::removals);]=]
    TO [=[return changed != nullptr ? enforce(*changed) : std::error_code{};]=]
    TEST backend/linux/kqueue.cpp
    CASE "the changes of one are made at once")

polleros_mutant(
    refused_for_others
    BUG "Who changes nothing is refused, because the removal of another has failed."
    FILE detail/kqueue_set.hpp
    FROM [=[return {}; // it is as it wants to be]=]
    TO [=[return ec; // it is as it wants to be]=]
    TEST backend/linux/kqueue.cpp
    CASE "who changes nothing is not refused")

polleros_mutant(
    heir_is_missing
    BUG "A change that misses its filter says ENOENT, and not that the number is somebody else's."
    FILE detail/kqueue_set.hpp
    FROM [=[if (!failed.want.has(Change::filterOf(answer)) || answer.data == ENOENT) {]=]
    TO [=[if (!failed.want.has(Change::filterOf(answer))) {]=]
    TEST backend/linux/kqueue.cpp
    CASE "of one whose change is refused")

polleros_mutant(
    last_refusal_said
    BUG "Of several refusals the last is said, though the first was that the number is closed."
    FILE detail/kqueue_set.hpp
    FROM [=[if (reason == EBADF || (reason != 0 && !ec)) {]=]
    TO [=[if (reason != 0) {]=]
    TEST backend/linux/kqueue.cpp
    CASE "of one whose change is refused")

polleros_mutant(
    refused_left_with_heir
    BUG "A filter was missing, its successor is there, and stays where the number is somebody else's."
    FILE detail/kqueue_set.hpp
    FROM [=[if (changes[index].data != ENOENT) {]=]
    TO [=[if (true) {]=]
    TEST backend/linux/kqueue.cpp
    CASE "of one whose change is refused")
