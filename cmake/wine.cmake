# SPDX-License-Identifier: MIT
# Wine for one run of the tests: a prefix of its own under build/, made before several processes could try to at a time,
# and a keeper, a Windows program that does nothing for as long. While it lives, Wine's services are not started anew for
# each test, with the test's output as theirs: CTest would wait until they end.
set(polleros_wine_processes "${CMAKE_CURRENT_LIST_DIR}/toolchains/wine_processes.sh")

# polleros_wine_start(<folder>): sets the environment for toolchains/wine.sh.
function(polleros_wine_start folder)
    set(ENV{WINEPREFIX} "${folder}/wine")
    set(ENV{WINEDEBUG} -all)
    set(ENV{WINEDLLOVERRIDES} "mscoree,mshtml,winemenubuilder.exe=")
    unset(ENV{DISPLAY})
    file(REMOVE_RECURSE "${folder}/wine") # one that was interrupted while it was made never becomes whole
    file(MAKE_DIRECTORY "${folder}/wine")
    execute_process(COMMAND sh -c "exec wine wineboot -i </dev/null >/dev/null 2>&1" COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND sh -c "setsid wine ping -n 7200 127.0.0.1 </dev/null >/dev/null 2>&1 &"
                    COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND sh -c "sleep 2") # until the keeper is there
    execute_process(COMMAND "${polleros_wine_processes}" wineserver wineserver64 OUTPUT_VARIABLE server
                    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    if(NOT server MATCHES "^[0-9]+$")
        message(FATAL_ERROR "Wine does not start: its server should be one process, and is '${server}'")
    endif()
    set(ENV{POLLEROS_WINESERVER} ${server})
endfunction()

# polleros_wine_stop(): ends the wineserver of this prefix, and with it all of its programs. If it has died before them,
# they are ended one by one.
function(polleros_wine_stop)
    execute_process(COMMAND wineserver -k OUTPUT_QUIET ERROR_QUIET)
    execute_process(COMMAND "${polleros_wine_processes}" wine wine64 OUTPUT_VARIABLE orphans)
    string(REGEX MATCHALL "[0-9]+" orphans "${orphans}")
    if(orphans)
        execute_process(COMMAND kill -9 ${orphans} ERROR_QUIET)
    endif()
endfunction()
