# SPDX-License-Identifier: MIT
# Installs what of `needed` and `optional` this machine lacks; without the optional ones tests are skipped. An entry is
# <package>=<a program it brings>, or <package>:<headers, one of which it brings>. Knows the package manager of Debian
# and Ubuntu; on any other system it says what is missing.

function(find_missing result)
    set(missing)
    foreach(entry IN LISTS ARGN)
        string(REGEX MATCH "^([^=:]+)([=:])(.+)$" matched "${entry}")
        set(package "${CMAKE_MATCH_1}")
        unset(found)
        if(CMAKE_MATCH_2 STREQUAL "=")
            find_program(found NAMES "${CMAKE_MATCH_3}" NO_CACHE)
        else()
            string(REPLACE "|" ";" headers "${CMAKE_MATCH_3}")
            find_path(found NAMES ${headers} PATHS /usr/include /usr/local/include NO_CACHE)
        endif()
        if(NOT found)
            list(APPEND missing "${package}")
        endif()
    endforeach()
    set(${result} "${missing}" PARENT_SCOPE)
endfunction()

find_missing(needed_missing ${needed})
find_missing(optional_missing ${optional})
if(NOT needed_missing AND NOT optional_missing)
    return()
endif()

find_program(apt NAMES apt-get)
if(NOT apt)
    message(WARNING "Please install with your package manager what these packages of Debian bring: "
                    "${needed_missing} ${optional_missing}")
    return()
endif()

set(as_root)
execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT user STREQUAL "0")
    find_program(sudo NAMES sudo)
    if(NOT sudo)
        message(FATAL_ERROR "Not root, and there is no sudo. Please install: ${needed_missing} ${optional_missing}")
    endif()
    set(as_root "${sudo}")
endif()

set(apt ${as_root} ${CMAKE_COMMAND} -E env DEBIAN_FRONTEND=noninteractive "${apt}")
set(install ${apt} install --yes --no-install-recommends)

# A list that is old or was never fetched names packages that are gone. If fetching fails, the old one may still do.
execute_process(COMMAND ${apt} update)
if(needed_missing)
    execute_process(COMMAND ${install} ${needed_missing} COMMAND_ERROR_IS_FATAL ANY)
endif()
foreach(package IN LISTS optional_missing)
    execute_process(COMMAND ${install} ${package} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(WARNING "${package} could not be installed: the tests that use it will be skipped")
    endif()
endforeach()
