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
    token_survives_reconnect
    BUG "A handle is replaced under the same token: a duplicate of the old file speaks for the new one."
    FILE detail/core_reconcile.hpp
    FROM [=[const SeqN seqN = store_.draw(channel.place());]=]
    TO [=[const SeqN seqN = channel.seqN_;]=]
    TEST unit/poller_core.cpp
    CASE "sequence numbers go on")

polleros_mutant(
    modify_is_an_add
    BUG "A change is told as an add, six times as dear or refused."
    FILE reconcile.hpp
    FROM [=[return wanted.empty() ? Change::remove : Change::modify;]=]
    TO [=[return wanted.empty() ? Change::remove : Change::add;]=]
    TEST unit/reconcile.cpp
    CASE "one change leads")
