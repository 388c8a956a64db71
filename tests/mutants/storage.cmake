# SPDX-License-Identifier: MIT
# Bugs in where channels are kept, in which order, and who still refers to them.

polleros_mutant(
    reference_without_birth
    BUG "A reference to a channel that is gone finds the one that has its place now."
    FILE channel.hpp
    FROM [=[return channel_ != nullptr && channel_->birth_ == birth_; }]=]
    TO [=[return channel_ != nullptr && channel_->birth_ != SeqN{}; }]=]
    TEST contract/references.cpp
    CASE "N26 a ChannelRef is false once"
    SETTING EpollLocal)

polleros_mutant(
    picked_number_comes_back
    BUG "A picked number is looked up by its place alone, and names who came later."
    FILE detail/core_lifecycle.hpp
    FROM [=[channel != nullptr && channel->birth_ == birth && channel->number_ == number ?]=]
    TO [=[channel != nullptr && channel->isAttached() ?]=]
    TEST contract/references.cpp
    CASE "N32 picked numbers never come twice"
    SETTING EpollLocal)

polleros_mutant(
    numbers_used_up_wrap
    BUG "When the sequence numbers are used up, they begin anew."
    FILE detail/channel_store.hpp
    FROM [=[return draws_ < maxDraws - 1 ? makeSeqN(++draws_, place) : SeqN{}; }]=]
    TO [=[return makeSeqN(++draws_, place); }]=]
    TEST unit/poller_core.cpp
    CASE "when the sequence numbers are used up")

polleros_mutant(
    empty_chunk_ends_scan
    BUG "A scan ends at the first piece of memory in which nobody lives any more."
    FILE detail/channel_store.hpp
    FROM [=[            if (headerOf(firstChannel).attached == 0) {
                place = chunkEnd;
                continue;]=]
    TO [=[            if (headerOf(firstChannel).attached == 0) {
                return;]=]
    TEST unit/detail/channel_store.cpp
    CASE "a channel is found by its own number")

polleros_mutant(
    chunk_counts_wrong
    BUG "Who comes to a place that was free is not counted, and his piece of memory is taken for empty."
    FILE detail/channel_store.hpp
    FROM [=[        ++headerOf(channel).attached;
]=]
    TO [=[        headerOf(channel).attached += place + 1 == end_ ? 1 : 0;
]=]
    TEST unit/detail/channel_store.cpp
    CASE "a channel is found by its own number")

polleros_mutant(
    ring_keeps_its_first
    BUG "The first of those that are not local leaves, and the list still begins with him."
    FILE detail/channel_lists.hpp
    FROM [=[        if (ring_ == place) {
            ring_ = channel.ringNext;
        }]=]
    TO [=[]=]
    TEST unit/detail/channel_lists.cpp
    CASE "the ring meets everybody")

polleros_mutant(
    looked_at_twice
    BUG "Who enters the list of those that are not local is looked at twice in that wait, and counts twice."
    FILE detail/core_reconcile.hpp
    FROM [=[        channel.set(Flag::looked); // the ring's turn comes later in this pass
]=]
    TO [=[]=]
    TEST contract/work.cpp
    CASE "N22 who starves is not local"
    SETTING EpollLocal)

polleros_mutant(
    marked_one_way_only
    BUG "The first of the marked is taken off the list, and with it the rest."
    FILE detail/channel_lists.hpp
    FROM [=[(channel.markedPrevious_ == noPlace ? markedFirst_ : store_.at(channel.markedPrevious_).markedNext_) =
            channel.markedNext_;]=]
    TO [=[(channel.markedPrevious_ == noPlace ? markedFirst_ : store_.at(channel.markedPrevious_).markedNext_) =
            noPlace;]=]
    TEST unit/detail/channel_lists.cpp
    CASE "the marked are known")

polleros_mutant(
    reserve_forgets_table
    BUG "Room was promised, and a table grows all the same when it is needed."
    FILE detail/core_lifecycle.hpp
    FROM [=[store_.reserve(channels) && numbers_.reserve(channels, numberOf()) &&]=]
    TO [=[store_.reserve(channels) &&]=]
    TEST unit/poller.cpp
    CASE "after reserve() that many")

polleros_mutant(
    heap_holes
    BUG "A deadline is taken out of the middle of the heap, and what fills the hole is left where it fell."
    FILE deadlines.hpp
    FROM [=[                rise(index);
                sink(index);]=]
    TO [=[                sink(index);]=]
    TEST unit/deadlines.cpp
    CASE "against an ordinary map")

polleros_mutant(
    moved_deadline_told
    BUG "A deadline that has moved away is told at its old time."
    FILE deadlines.hpp
    FROM [=[} else if (current > now) {]=]
    TO [=[} else if (false) {]=]
    TEST unit/deadlines.cpp
    CASE "against an ordinary map")
