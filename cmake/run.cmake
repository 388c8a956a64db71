# SPDX-License-Identifier: MIT

# polleros_run(<build folder> <configuration> <result>): CTest; sets the result to 0 if all is well.
function(polleros_run build config result)
    execute_process(
        COMMAND ${CMAKE_CTEST_COMMAND} --test-dir "${build}" --build-config ${config} --parallel 2 --output-on-failure
                --no-tests=error
        RESULT_VARIABLE status)
    set(${result} ${status} PARENT_SCOPE)
endfunction()

# polleros_note_gates(<file>): from here on tests note there what they skip on which backend, and why.
function(polleros_note_gates file)
    file(REMOVE "${file}")
    set(ENV{POLLEROS_GATE_FILE} "${file}")
endfunction()

function(polleros_print_gates file)
    if(EXISTS "${file}")
        file(STRINGS "${file}" skipped)
        list(SORT skipped)
        list(REMOVE_DUPLICATES skipped)
        list(TRANSFORM skipped REPLACE "\t" " | ")
        list(JOIN skipped "\n  " skipped)
        message("Skipped: case | backend | reason\n  ${skipped}")
    endif()
endfunction()
