# SPDX-License-Identifier: MIT
# The tests on other platforms, from Linux on x86_64. Part of test.cmake:
#
#   cmake -DPLATFORM=windows -P cmake/test.cmake            one of those in platforms/; or several: "windows;s390x"
#   cmake -DPLATFORM=all -P cmake/test.cmake                every one, and the matrix of what ran where
#   cmake -DPLATFORM=all -DCONFIGS=Release -P cmake/test.cmake
#
# What this machine lacks is installed first, unless INSTALL_DEPS=OFF: compilers and emulators by its package manager, zig
# as a Python package under build/, Catch2 and wepoll as Debian's source packages. -DZIG=<program>, -DCATCH2_SOURCE=<folder>
# and -DWEPOLL_SOURCE=<folder> name what is there already. What runs is tested as Debug and as Release, what is only linked
# or compiled is built once, not optimised. -DSCRIPTED=OFF leaves out the contract over the scripted backends: it takes
# two fifths of the time, and there is no system behind it. A file platforms/<name>.cmake sets
#
#   toolchain   zig or mingw; without it, this machine's own compiler
#   targets     the compiler's names of the targets
#   runs        how: natively, under an emulator, ...
#   emulator    by which program, or by which script of toolchains/
#   reaches     linked or compiled, where nothing runs
#   packages    of Debian, as install_deps.cmake wants them
#   arguments   for CMake
cmake_policy(SET CMP0057 NEW)

set(cmake "${CMAKE_CURRENT_LIST_DIR}")
set(work "${source}/build/test")
file(GLOB known "${cmake}/platforms/*.cmake")
list(TRANSFORM known REPLACE "^.*/(.*)\\.cmake$" "\\1")
if(PLATFORM STREQUAL "all")
    set(PLATFORM ${known})
endif()
foreach(platform IN LISTS PLATFORM)
    if(NOT platform IN_LIST known)
        message(FATAL_ERROR "No platform is called ${platform}. There are: ${known}")
    endif()
endforeach()

list(LENGTH PLATFORM count)
if(count EQUAL 1)
    include("${cmake}/platform.cmake")
    return()
endif()

# Each by a process of its own: what is wrong with one says nothing about the next.
set(options)
foreach(option IN ITEMS CONFIGS SCRIPTED INSTALL_DEPS ZIG CATCH2_SOURCE WEPOLL_SOURCE)
    if(DEFINED ${option})
        list(JOIN ${option} "\;" value)
        list(APPEND options "-D${option}=${value}")
    endif()
endforeach()
set(failed)
foreach(platform IN LISTS PLATFORM)
    message("=== ${platform}")
    execute_process(COMMAND ${CMAKE_COMMAND} -DPLATFORM=${platform} ${options} -P "${cmake}/test.cmake"
                    RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        list(APPEND failed ${platform})
    endif()
endforeach()

include("${cmake}/matrix.cmake")
if(failed)
    message(FATAL_ERROR "Failed: ${failed}")
endif()
