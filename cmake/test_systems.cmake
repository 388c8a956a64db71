# SPDX-License-Identifier: MIT
# Test sources in a folder with one of these names are for that system alone; all others are for every system.
#
#   posix      all but Windows
#   linux
#   bsd        macOS and the BSDs
#   windows
#   elsewhere  all but Linux: what stands in for what only Linux has
set(POLLEROS_SYSTEM_FOLDERS posix linux bsd windows elsewhere)

if(WIN32)
    set(POLLEROS_TEST_SYSTEMS windows elsewhere)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(POLLEROS_TEST_SYSTEMS posix linux)
else()
    set(POLLEROS_TEST_SYSTEMS posix bsd elsewhere)
endif()

# polleros_is_foreign(<path> <result>): whether a source is for systems other than this one.
function(polleros_is_foreign path result)
    set(${result} FALSE PARENT_SCOPE)
    foreach(system IN LISTS POLLEROS_SYSTEM_FOLDERS)
        if("/${path}" MATCHES "/${system}/" AND NOT system IN_LIST POLLEROS_TEST_SYSTEMS)
            set(${result} TRUE PARENT_SCOPE)
        endif()
    endforeach()
endfunction()
