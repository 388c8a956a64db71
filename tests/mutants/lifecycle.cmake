# SPDX-License-Identifier: MIT
# Bugs in who is attached, who is deleted, and whose a handle is.

polleros_mutant(
    deletion_told_late
    BUG "A deletion waits in a list of changes, and by then the handle is closed or another's (libuv#4323)."
    FILE detail/core_lifecycle.hpp
    FROM [=[withdraw(backend, channel, When::now);]=]
    TO [=[withdraw(backend, channel, When::byNextWait);]=]
    TEST unit/poller_core.cpp
    CASE "a deletion is told")

polleros_mutant(
    deletion_not_told
    BUG "The source dies first; the kernel is never told."
    FILE detail/core_lifecycle.hpp
    FROM [=[    withdraw(backend, channel, When::now);
    const ChannelNumber]=]
    TO [=[    const ChannelNumber]=]
    TEST unit/poller_core.cpp
    CASE "of a deletion the kernel")

polleros_mutant(
    registration_left_by_failed_attach
    BUG "An attach fails after the kernel has accepted it, and the registration leaks."
    FILE detail/core_lifecycle.hpp
    FROM [=[    POLLEROS_CATCH_ALL {
        if (!wanted.empty()) {]=]
    TO [=[    POLLEROS_CATCH_ALL {
        if (false) {]=]
    TEST contract/references.cpp
    CASE "N34 a source whose move throws"
    SETTING EpollLocal)

polleros_mutant(
    question_stays_registered
    BUG "Who wants nothing is in the kernel with an empty mask, and a hang-up can't be masked (polling#11)."
    FILE detail/core_lifecycle.hpp
    FROM [=[if (wanted.empty()) { // that was only a question]=]
    TO [=[if (false) {]=]
    TEST contract/intent.cpp
    CASE "I1 who wants nothing"
    SETTING EpollLocal)

polleros_mutant(
    live_registration_stolen
    BUG "\"It exists\" is answered with a change, which takes a live registration over (gnet#572)."
    FILE detail/core_lifecycle.hpp
    FROM [=[{.occupied = Occupied::refuse, .rival = &recorded}]=]
    TO [=[{.occupied = Occupied::takeOver, .rival = &recorded}]=]
    TEST contract/lifecycle.cpp
    CASE "L3 a second attach of a live handle"
    SETTING EpollLocal)

polleros_mutant(
    shadow_believed
    BUG "A number that was closed without a word is refused for ever, because a table still has it (polling#262)."
    FILE detail/core_lifecycle.hpp
    FROM [=[if (!recorded.exp_.empty() && backend.capabilities().has(Capability::tellsDuplicates))]=]
    TO [=[if (false)]=]
    TEST contract/forgotten.cpp
    CASE "X5 a number closed without a word"
    SETTING EpollLocal)

polleros_mutant(
    evicted_in_silence
    BUG "Who was closed behind the library's back is never told, and waits for ever."
    FILE detail/core_lifecycle.hpp
    FROM [=[    enlist(rival);
]=]
    TO [=[]=]
    TEST contract/replaced.cpp
    CASE "N3 a number attached anew"
    SETTING EpollLocal)

polleros_mutant(
    own_number_given_away
    BUG "The user's closed descriptor came back as the poller's own, and is attached."
    FILE detail/core_lifecycle.hpp
    FROM [=[if (handle == own_[0] || handle == own_[1]) [[unlikely]]]=]
    TO [=[if (false)]=]
    TEST backend/posix/wake_handle_number.cpp
    CASE "the wake handle's number cannot be attached")

polleros_mutant(
    place_reused_in_batch
    BUG "A place that was deleted in a batch is taken again in it: the old one's events meet the new one (re#266)."
    FILE detail/core_lifecycle.hpp
    FROM [=[const bool later = core.is(Condition::iterating);]=]
    TO [=[const bool later = false;]=]
    TEST contract/iteration.cpp
    CASE "C14 a deleted place is not taken again"
    SETTING EpollLocal)

polleros_mutant(
    queued_output_unheard
    BUG "What is queued while an outer loop sleeps does not end its sleep."
    FILE detail/core_lifecycle.hpp
    FROM [=[std::exchange(wakeOnChange_, nullptr)->wake();]=]
    TO [=[wakeOnChange_ = nullptr;]=]
    TEST contract/embedding.cpp
    CASE "N23 what the outer loop queues"
    SETTING EpollLocal)

polleros_mutant(
    every_touch_writes
    BUG "Each change writes to the wake handle, once per message until the pipe is full."
    FILE detail/core_lifecycle.hpp
    FROM [=[std::exchange(wakeOnChange_, nullptr)->wake();]=]
    TO [=[wakeOnChange_->signal();]=]
    TEST contract/embedding.cpp
    CASE "N23 what the outer loop queues"
    SETTING EpollLocal)

polleros_mutant(
    marked_is_counted
    BUG "What was deleted since the harvest is counted as reported."
    FILE detail/core_lifecycle.hpp
    FROM [=[    reported_ -= channel.act_.empty() ? 0 : 1;
    channel.silence();]=]
    TO [=[    channel.silence();]=]
    TEST contract/marked.cpp
    CASE "C2 what is marked or deleted between"
    SETTING EpollLocal)

polleros_mutant(
    dying_source_sees_dead
    BUG "A source that dies with the poller follows a reference to one that is dead already."
    FILE detail/core_lifecycle.hpp
    FROM [=[        channel.birth_ = SeqN{}; // references that other dying sources hold are false from now on
]=]
    TO [=[]=]
    TEST contract/references.cpp
    CASE "N26 of sources that die"
    SETTING EpollLocal)

polleros_mutant(
    dead_deletes_what_it_attached
    BUG "Deleting all never ends, or takes what a dying source attaches."
    FILE detail/core_lifecycle.hpp
    FROM [=[if (static_cast<std::uint64_t>(channel.birth_) >> detail::placeBits <= draws)]=]
    TO [=[if (draws != 0)]=]
    TEST contract/iteration.cpp
    CASE "N9 deleteAll deletes all there were"
    SETTING EpollLocal)

polleros_mutant(
    new_owner_deaf
    BUG "A late removal of the old handle deafens the number's new owner."
    FILE detail/core_lifecycle.hpp
    FROM [=[        unregister(backend, recorded, When::now);
        disown(recorded);]=]
    TO [=[        disown(recorded);]=]
    TEST contract/replaced.cpp
    CASE "N2 forgetting late"
    SETTING EpollLocal)

polleros_mutant(
    token_without_draw
    BUG "A token is the place of a channel alone, so that an event of the old one is the new one's (wepoll#34)."
    FILE detail/channel_store.hpp
    FROM [=[return channel.seqN_ == seqN ? &channel : nullptr;]=]
    TO [=[return channel.isAttached() ? &channel : nullptr;]=]
    TEST contract/replaced.cpp
    CASE "N16 an old file kept alive"
    SETTING EpollLocal)

polleros_mutant(
    act_outlives_channel
    BUG "What was deleted in a handler is told all the same (libevent#1287, amule#1136)."
    FILE detail/channel_store.hpp
    FROM [=[        channel.act_ = {};
        channel.error_ = 0;
        channel.flags_]=]
    TO [=[        channel.error_ = 0;
        channel.flags_]=]
    TEST contract/mutation.cpp
    CASE "M2 a channel deleted by an earlier"
    SETTING EpollLocal)

polleros_mutant(
    gap_breaks_probe
    BUG "A hash table forgets who comes behind a hole."
    FILE detail/place_table.hpp
    FROM [=[                gap = slot;
]=]
    TO [=[]=]
    TEST unit/detail/place_table.cpp
    CASE "under churn it finds")

polleros_mutant(
    full_table
    BUG "A table that is full searches for ever: the 16 063rd socket is refused."
    FILE detail/place_table.hpp
    FROM [=[std::bit_ceil(count * 6 / 5 + 1)]=]
    TO [=[std::bit_ceil(count)]=]
    TEST unit/detail/place_table.cpp
    CASE "under churn it finds")

polleros_mutant(
    version_ignored
    BUG "A source that reconnects and gets the same number is deaf for ever."
    FILE source.hpp
    FROM [=[StatesNumber<S> ? a.number == b.number : a == b]=]
    TO [=[a.number == b.number]=]
    TEST contract/replaced.cpp
    CASE "N1 a source that reconnects"
    SETTING EpollLocal)

polleros_mutant(
    unmark_forgets_end
    BUG "The list of the marked loses those who were marked after one that is gone."
    FILE detail/channel_lists.hpp
    FROM [=[(channel.markedNext_ == noPlace ? markedLast_ : store_.at(channel.markedNext_).markedPrevious_) =
            channel.markedPrevious_;]=]
    TO [=[]=]
    TEST unit/detail/channel_lists.cpp
    CASE "the marked are known")

polleros_mutant(
    touch_in_vain
    BUG "Who says that a parked channel should be tried again is not heard."
    FILE detail/core_lifecycle.hpp
    FROM [=[        set(Flag::urged);
]=]
    TO [=[]=]
    TEST contract/parked.cpp
    CASE "N18 a parked channel stays parked"
    SETTING EpollLocal)

polleros_mutant(
    reset_leaves_set_empty
    BUG "A child starts anew, and its set is empty."
    FILE detail/poller_lifecycle.hpp
    FROM [=[    dropAlarm(false); // it is the parent's, too
    core_.registerAll(backend_);]=]
    TO [=[    dropAlarm(false);]=]
    TEST contract/process.cpp
    CASE "K2 a forked child that resets"
    SETTING EpollLocal)

polleros_mutant(
    own_number_keeps_owner
    BUG "The poller's own handle has the number of a channel that was closed, whose removal then takes it out."
    FILE detail/core_lifecycle.hpp
    FROM [=[    unregister(backend, former, When::now); // before ours is registered: it must not meet that
    disown(former);]=]
    TO [=[]=]
    TEST backend/posix/wake_handle_number.cpp
    CASE "a wake is heard although the wake handle got")
