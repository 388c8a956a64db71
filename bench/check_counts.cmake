# SPDX-License-Identifier: MIT
# The gate of instructions: how many of a program's own one operation takes more than in the loop written by hand, counted
# by callgrind as the difference of two numbers of operations. Exact: they depend on the compiler and the C library, not
# on the machine or its load. -DCOUNTS=<polleros_counts> -DVALGRIND=<valgrind> -DGATED=<whether too many are a failure>
cmake_minimum_required(VERSION 3.23)

# row, loop, instructions over those of the hand-written loop at most, and which that is if it is not epoll. What was reached, and a twentieth.
set(gates
    "W1-10-1 polleros 119"
    "W1-1000-1 polleros 119"
    "W1-10000-1 polleros 119"
    "W1-1000-100 polleros 66"
    "W2-10 polleros 119"
    "W2-10000 polleros 119"
    "W3-io-1 polleros 331"
    "W3-io-100 polleros 192"
    "W3-pure-1 polleros 282"
    "W3-pure-100 polleros 171"
    "W3-cancel-1 polleros 116"
    "W3-cancel-100 polleros 36"
    "W4 polleros 455"
    "W4 polleros-numbers 533"
    "W4-10000 polleros 495"
    "W5-self polleros 92"
    "W1-1000-1 event-set 526"
    "W1-10000-1 event-set 526"
    "W1-1000-100 event-set 177"
    "W3-pure-1 event-set 1514"
    "W4 event-set 1009"
    "W5-self event-set 374"
    "W7-interest event-set 249"
    "W7-channel event-set 480"
    "W1-1000-1 dispatcher 303"
    "W1-10000-1 dispatcher 303"
    "W1-1000-100 dispatcher 183"
    "W1-10-1 polleros-poll 244 poll"
    "W1-1000-1 polleros-poll 0 poll")

# What the program does before and after its operations is in both counts, and falls out.
function(instructions loop row result)
    foreach(operations IN ITEMS 1000 3000)
        execute_process(
            COMMAND "${VALGRIND}" --tool=callgrind --callgrind-out-file=/dev/null "${COUNTS}" ${loop} ${row} ${operations}
            RESULT_VARIABLE status
            ERROR_VARIABLE said)
        if(status EQUAL 3)
            message(FATAL_ERROR "Raise the hard limit of descriptors (ulimit -Hn) to 10 100: ${said}")
        endif()
        if(NOT said MATCHES "Collected : ([0-9]+)")
            message(FATAL_ERROR "callgrind has counted nothing: ${said}")
        endif()
        set(count_${operations} ${CMAKE_MATCH_1})
    endforeach()
    math(EXPR each "(${count_3000} - ${count_1000} + 1000) / 2000")
    set(${result} ${each} PARENT_SCOPE)
endfunction()

set(over)
foreach(gate IN LISTS gates)
    separate_arguments(gate)
    list(GET gate 0 row)
    list(GET gate 1 loop)
    list(GET gate 2 limit)
    set(floor epoll)
    list(LENGTH gate length)
    if(length EQUAL 4)
        list(GET gate 3 floor)
    endif()
    if(NOT DEFINED ${floor}_${row})
        instructions(${floor} ${row} ${floor}_${row})
    endif()
    instructions(${loop} ${row} count_${row})
    if(loop STREQUAL "polleros")
        set(ours_${row} ${count_${row}})
    endif()
    math(EXPR more "${count_${row}} - ${${floor}_${row}}")
    set(line "${row} ${loop}: ${count_${row}} instructions, ${more} over the loop by hand, of ${limit}")
    message("${line}")
    if(more GREATER limit)
        list(APPEND over "${line}")
    endif()
endforeach()

math(EXPR grown "${ours_W2-10000} - ${ours_W2-10}")
message("W2, ten thousand idle channels: ${grown} instructions more than with ten")
if(grown GREATER 2)
    list(APPEND over "W2 grows with idle channels")
endif()

instructions(polleros-scan W1-10-1 scan_10)
instructions(polleros-scan W1-1000-1 scan_1000)
math(EXPR each "(${scan_1000} - ${scan_10}) / 990")
message("A full scan: ${each} instructions per idle channel, of 16")
if(each GREATER 16)
    list(APPEND over "the full scan")
endif()

if(over AND GATED)
    list(JOIN over "\n  " over)
    message(FATAL_ERROR "More instructions than there may be:\n  ${over}")
endif()
