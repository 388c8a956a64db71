# SPDX-License-Identifier: MIT
# Puts one bug at a time into a copy of a header, and requires that the tests find it. See tests/mutants.md. Linux.
#
#   cmake -P cmake/mutants.cmake                      all of tests/mutants/*.cmake
#   cmake -DINSTALL_DEPS=ON -P cmake/mutants.cmake    installs what is missing first
#   cmake -DONLY=wake -P cmake/mutants.cmake          those whose names match
#   cmake -DJOBS=4 -P cmake/mutants.cmake             so many compilers at a time; else 2
#   cmake -DFOLDERS=OFF -P cmake/mutants.cmake        who is not caught by its test is not tried with others
#   cmake -DLIST=ON -P cmake/mutants.cmake            compiles nothing: that each still applies, and what they are
#
# A mutant is caught if its test fails, hangs, crashes, or does not compile for a static_assert. One that its test does
# not catch is tried with the whole folder of that test. Everything made is under build/.
cmake_minimum_required(VERSION 3.23)

include("${CMAKE_CURRENT_LIST_DIR}/mutant_list.cmake")
set(source "${POLLEROS_MUTANT_ROOT}")
set(build "${source}/build/mutants")
if(ONLY)
    list(FILTER POLLEROS_MUTANTS INCLUDE REGEX "${ONLY}")
endif()
list(LENGTH POLLEROS_MUTANTS total)
foreach(mutant IN LISTS POLLEROS_MUTANTS)
    polleros_check_mutant(${mutant})
    if(LIST)
        message("${mutant}: ${${mutant}.BUG}")
    endif()
endforeach()
if(LIST OR total EQUAL 0)
    message("${total} mutants")
    return()
endif()

if(INSTALL_DEPS)
    set(needed ninja-build=ninja catch2:catch2/catch.hpp|catch2/catch_all.hpp)
    set(optional)
    include("${CMAKE_CURRENT_LIST_DIR}/install_deps.cmake")
endif()
if(NOT DEFINED FOLDERS)
    set(FOLDERS ON)
endif()
if(NOT JOBS)
    set(JOBS 2)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/build.cmake")

set(flags -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DPOLLEROS_WERROR=OFF -DPOLLEROS_BUILD_EXAMPLES=OFF)
polleros_build("${source}" "${build}" Debug ${flags} -DPOLLEROS_TEST_MUTANTS=ON)
set(ENV{POLLEROS_TEST_WATCHDOG} 20) # seconds for a case

# run(<program> <mutant> <status> <output>): its case. A child of it that spins is ended by its own limit.
function(run program mutant status output)
    string(REPLACE "," "\\," case "${${mutant}.CASE}")
    execute_process(
        COMMAND sh -c "ulimit -t 60; ulimit -c 0; exec timeout 120 \"$@\"" sh "${build}/tests/mutants/${program}" "${case}*"
        RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    set(${status} "${result}" PARENT_SCOPE)
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

# compile(<result> <output> <target>...)
function(compile result output)
    execute_process(COMMAND ${CMAKE_COMMAND} --build "${build}" --parallel ${JOBS} --target ${ARGN} -- -k 0
                    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
    set(${result} ${status} PARENT_SCOPE)
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

# judge(<mutant> <original> <result>): how it was caught, or nothing.
function(judge mutant original result)
    set(${result} "" PARENT_SCOPE)
    run(${original} ${mutant} status output)
    if(NOT status EQUAL 0 OR output MATCHES "No test(s ran| cases matched)")
        message(SEND_ERROR "${mutant}: without the bug, too, its test fails:\n${output}")
        return()
    endif()
    compile(status output mutant_${mutant})
    if(NOT status EQUAL 0)
        if(NOT output MATCHES "static assertion|static_assert")
            message(SEND_ERROR "${mutant} does not compile:\n${output}")
        else()
            set(${result} "does not compile" PARENT_SCOPE)
        endif()
        return()
    endif()
    run(mutant_${mutant} ${mutant} status output)
    set(how "")
    if(status EQUAL 0)
    elseif(output MATCHES "watchdog:" OR status EQUAL 124)
        set(how "hangs")
    elseif(output MATCHES "FAILED")
        set(how "fails")
    else()
        set(how "crashes")
    endif()
    set(${result} "${how}" PARENT_SCOPE)
endfunction()

# judge_by_folder(<mutant> <result>): the same by all tests of the folder.
function(judge_by_folder mutant result)
    string(REGEX MATCH "^[^/]+" folder "${${mutant}.TEST}")
    set(suite "${build}/suite_${mutant}")
    file(WRITE "${suite}/mutant.cmake" "include_directories(BEFORE \"${build}/tests/mutants/${mutant}\")\n")
    execute_process(
        COMMAND ${CMAKE_COMMAND} -S "${source}" -B "${suite}" -G Ninja -DCMAKE_BUILD_TYPE=Debug ${flags}
                "-DCMAKE_PROJECT_polleros_INCLUDE=${suite}/mutant.cmake" COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --build "${suite}" --parallel ${JOBS} --target tests/${folder}/all
        RESULT_VARIABLE status OUTPUT_QUIET)
    if(status EQUAL 0)
        execute_process(
            COMMAND ${CMAKE_CTEST_COMMAND} --test-dir "${suite}" --label-regex "^${folder}$" --parallel ${JOBS}
            RESULT_VARIABLE status OUTPUT_VARIABLE output)
        string(REGEX MATCHALL "- ${folder}[^ \n]+" failed "${output}")
        list(TRANSFORM failed REPLACE "^- " "")
    endif()
    set(how "")
    if(NOT status EQUAL 0)
        set(how "only by: ${failed}")
    endif()
    set(${result} "${how}" PARENT_SCOPE)
endfunction()

set(caught 0)
set(unexplained)
set(rows)
while(POLLEROS_MUTANTS)
    list(SUBLIST POLLEROS_MUTANTS 0 ${JOBS} batch)
    list(REMOVE_ITEM POLLEROS_MUTANTS ${batch})
    set(targets)
    foreach(mutant IN LISTS batch)
        if(NOT ${mutant}.SURVIVES)
            string(MAKE_C_IDENTIFIER "original_${${mutant}.TEST}_${${mutant}.SETTING}" original_of_${mutant})
            list(APPEND targets ${original_of_${mutant}} mutant_${mutant})
        endif()
    endforeach()
    compile(status output ${targets}) # which of them failed, if any, is asked of each
    foreach(mutant IN LISTS batch)
        string(TIMESTAMP begin "%s")
        set(how "")
        if(NOT ${mutant}.SURVIVES)
            judge(${mutant} ${original_of_${mutant}} how)
            if(NOT how AND FOLDERS)
                judge_by_folder(${mutant} how)
            endif()
        endif()
        string(TIMESTAMP end "%s")
        math(EXPR seconds "${end} - ${begin}")
        set(by "${${mutant}.TEST}: ${${mutant}.CASE}")
        if(how)
            math(EXPR caught "${caught} + 1")
        elseif(${mutant}.SURVIVES)
            set(how survives)
            set(by "${${mutant}.SURVIVES}")
        else()
            set(how SURVIVES)
            list(APPEND unexplained ${mutant})
        endif()
        set(row "| ${mutant} | ${${mutant}.BUG} | ${how} | ${by} | ${seconds} |")
        message("${row}")
        string(APPEND rows "${row}\n")
    endforeach()
endwhile()

set(table "| mutant | the bug | what its test does | the test | s |\n|---|---|---|---|---|\n${rows}")
file(WRITE "${build}/mutants.md" "${table}")
math(EXPR percent "100 * ${caught} / ${total}")
message("${caught} of ${total} caught, ${percent} %; the table is ${build}/mutants.md")
if(unexplained OR percent LESS 95)
    message(FATAL_ERROR "Not caught, nor explained: ${unexplained}")
endif()
