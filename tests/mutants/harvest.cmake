# SPDX-License-Identifier: MIT
# Bugs in what is told of what the kernel says.

polleros_mutant(
    stale_ignored
    BUG "An event of nobody is skipped and stays: with a duplicate alive the loop spins (libuv#1148, uvloop#61)."
    FILE detail/core_harvest.hpp
    FROM [=[    ++stats_.staleEvents;
    return detail::Oddity::stale;]=]
    TO [=[    return {};]=]
    TEST contract/forgotten.cpp
    CASE "X1 a handle closed too early"
    SETTING EpollLocal)

polleros_mutant(
    marked_is_told
    BUG "What was marked before the harvest is told."
    FILE detail/core_harvest.hpp
    FROM [=[if (!channel->is(Flag::marked)) {]=]
    TO [=[if (true) {]=]
    TEST contract/marked.cpp
    CASE "C2 a marked channel is silent"
    SETTING EpollLocal)

polleros_mutant(
    report_not_masked
    BUG "A handler took another's wish away, and the other half of a combined event is told all the same (libuv#5030)."
    FILE detail/core_harvest.hpp
    FROM [=[channel.act_ & (sameHandle ? stated.intent : stated.intent - kernelTriggers)]=]
    TO [=[channel.act_]=]
    TEST contract/intent.cpp
    CASE "I6 a handler that takes"
    SETTING EpollLocal)

polleros_mutant(
    old_handle_speaks
    BUG "A handler replaced another's handle, which is told what the old one had (libuv c9406ba0e)."
    FILE detail/core_harvest.hpp
    FROM [=[(sameHandle ? stated.intent : stated.intent - kernelTriggers)]=]
    TO [=[stated.intent]=]
    TEST contract/replaced.cpp
    CASE "N31 a handler that replaces"
    SETTING EpollLocal)

polleros_mutant(
    error_told_for_ever
    BUG "An error of the library is reported by every wait."
    FILE detail/core_harvest.hpp
    FROM [=[        channel.unset(Flag::errorDue);
    }
    if (channel.act_.has(Trigger::timeout))]=]
    TO [=[    }
    if (channel.act_.has(Trigger::timeout))]=]
    TEST contract/parked.cpp
    CASE "C10 a change that the kernel refuses"
    SETTING EpollLocal)

polleros_mutant(
    deadline_beats_data
    BUG "Data and the deadline come at once, and a connection that was about to move it is closed."
    FILE detail/core_harvest.hpp
    FROM [=[            if (channel->act_.empty()) {
                report(*channel, Trigger::timeout);
            }]=]
    TO [=[            report(*channel, Trigger::timeout);]=]
    TEST contract/deadlines.cpp
    CASE "T9 who moves the deadline"
    SETTING EpollLocal)

polleros_mutant(
    deadlines_without_limit
    BUG "A hundred thousand deadlines of one instant keep everything else away."
    FILE detail/core_harvest.hpp
    FROM [=[for (std::size_t count = 0; count < most; ++count)]=]
    TO [=[for (std::size_t count = 0; count < most || true; ++count)]=]
    TEST contract/deadlines.cpp
    CASE "T11 a hundred thousand"
    SETTING EpollLocal)

polleros_mutant(
    marked_comes_back
    BUG "A set that is made anew has who was about to leave."
    FILE detail/core_harvest.hpp
    FROM [=[if (channel.is(Flag::marked)) { // had not yet left the old set]=]
    TO [=[if (false) {]=]
    TEST contract/marked.cpp
    CASE "C2 a marked channel is not put"
    SETTING EpollLocal)

polleros_mutant(
    handed_out_wakes_nobody
    BUG "Who is handed out is not marked as touched."
    FILE detail/core_harvest.hpp
    FROM [=[            next->set(Flag::touched);
]=]
    TO [=[]=]
    SURVIVES "It saves a call and no more: source() marks it all the same, and who was reported is looked at by the next wait anyway.")

polleros_mutant(
    touched_handed_out_plainly
    BUG "The quick way does not look whether a handler before has changed its mind."
    FILE detail/core_lifecycle.hpp
    FROM [=[(channel.flags_ - Flag::plain) | Flag::touched;]=]
    TO [=[channel.flags_ | Flag::touched;]=]
    TEST contract/intent.cpp
    CASE "I6 a handler that takes"
    SETTING EpollLocal)

polleros_mutant(
    second_entry_replaces_first
    BUG "Two things are to be told of a channel, and the second is all that is told."
    FILE detail/core_harvest.hpp
    FROM [=[channel.act_ |= activity;]=]
    TO [=[channel.act_ = activity;]=]
    TEST contract/intent.cpp
    CASE "I7 work is reported at once"
    SETTING EpollLocal)

polleros_mutant(
    forgotten_is_credited
    BUG "A channel that nothing is registered for is told what somebody forgotten says."
    FILE detail/core_harvest.hpp
    FROM [=[if (channel != nullptr && !channel->exp_.empty()) {]=]
    TO [=[if (channel != nullptr) {]=]
    TEST contract/forgotten.cpp
    CASE "X4 what a duplicate of a closed handle"
    SETTING EpollLocal)

polleros_mutant(
    reported_twice
    BUG "A channel that is reported already is counted again."
    FILE detail/core_harvest.hpp
    FROM [=[reported_ += channel.act_.empty() ? 1 : 0;]=]
    TO [=[reported_ += 1;]=]
    TEST contract/intent.cpp
    CASE "I7 work is reported at once"
    SETTING EpollLocal)
