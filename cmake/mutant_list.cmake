# SPDX-License-Identifier: MIT
# Reads tests/mutants/*.cmake, the list of deliberate bugs that the suite must catch, or the folder below it of the platform
# that POLLEROS_MUTANT_PLATFORM names; `all` are all of them. Each is
#
#   polleros_mutant(
#       <name>
#       BUG      <what somebody's poller did wrong, and whose, where that is known>
#       FILE     <header, below include/polleros>
#       FROM     <text that stands in it once>
#       TO       <text to stand there instead>
#       TEST     <source of the test that should catch it, below tests>
#       CASE     <how the name of the test case begins>
#       SETTING  <the one of support/backends.hpp that it runs in, if it runs in several>
#       SURVIVES <why no test can catch it, if none can; no TEST then>)
#
# Sets POLLEROS_MUTANTS to the names, and <name>.<what> to each of these.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH POLLEROS_MUTANT_ROOT)
set(POLLEROS_MUTANTS)

function(polleros_mutant name)
    set(keys BUG FILE FROM TO TEST CASE SETTING SURVIVES)
    cmake_parse_arguments(PARSE_ARGV 1 mutant "" "${keys}" "")
    if(DEFINED mutant_UNPARSED_ARGUMENTS OR "${name}" IN_LIST POLLEROS_MUTANTS)
        message(FATAL_ERROR "${name}: two of that name, or something unknown in it")
    endif()
    foreach(key IN LISTS keys)
        set(${name}.${key} "${mutant_${key}}" PARENT_SCOPE)
    endforeach()
    set(POLLEROS_MUTANTS ${POLLEROS_MUTANTS} ${name} PARENT_SCOPE)
endfunction()

# polleros_mutate(<name> <result>): the header with the bug in it.
function(polleros_mutate name result)
    file(READ "${POLLEROS_MUTANT_ROOT}/include/polleros/${${name}.FILE}" text)
    string(FIND "${text}" "${${name}.FROM}" first)
    string(FIND "${text}" "${${name}.FROM}" last REVERSE)
    if(first EQUAL -1 OR NOT first EQUAL last)
        message(SEND_ERROR "${name} does not apply: in ${${name}.FILE} this has to stand once:\n${${name}.FROM}")
    endif()
    string(REPLACE "${${name}.FROM}" "${${name}.TO}" text "${text}")
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

# polleros_check_mutant(<name>): that it applies, and that its test is there.
function(polleros_check_mutant name)
    polleros_mutate(${name} text)
    if(${name}.SURVIVES)
        return()
    endif()
    file(READ "${POLLEROS_MUTANT_ROOT}/tests/${${name}.TEST}" text)
    string(FIND "${text}" "\"${${name}.CASE}" found)
    if(found EQUAL -1 OR NOT ${name}.CASE OR NOT ${name}.BUG)
        message(SEND_ERROR "${name}: in ${${name}.TEST} no case begins with: ${${name}.CASE}")
    endif()
endfunction()

set(mutant_folder "${POLLEROS_MUTANT_ROOT}/tests/mutants")
if(POLLEROS_MUTANT_PLATFORM STREQUAL "all")
    file(GLOB_RECURSE mutant_lists "${mutant_folder}/*.cmake")
else()
    file(GLOB mutant_lists "${mutant_folder}/${POLLEROS_MUTANT_PLATFORM}/*.cmake")
endif()
foreach(mutant_list IN LISTS mutant_lists)
    include("${mutant_list}")
endforeach()
