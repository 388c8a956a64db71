# SPDX-License-Identifier: MIT
# Configures, builds and runs everything, as Debug and as Release:
#
#   cmake -P cmake/test.cmake                       with what is installed
#   cmake -DINSTALL_DEPS=ON -P cmake/test.cmake     installs what is missing first, with the system's package manager
#   cmake -DCONFIGS=Debug -P cmake/test.cmake       one configuration
#   cmake -DPLATFORM=s390x -P cmake/test.cmake      for another platform: see platforms.cmake
#
# Everything it makes is under build/test.
cmake_minimum_required(VERSION 3.23)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
if(PLATFORM)
    include("${CMAKE_CURRENT_LIST_DIR}/platforms.cmake")
    return()
endif()

if(NOT CONFIGS)
    set(CONFIGS Debug Release)
endif()

if(INSTALL_DEPS)
    set(needed ninja-build=ninja catch2:catch2/catch.hpp|catch2/catch_all.hpp)
    set(optional pkg-config=pkg-config curl=curl wrk=wrk)
    include("${CMAKE_CURRENT_LIST_DIR}/install_deps.cmake")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/build.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/run.cmake")

set(gates "${source}/build/test/gates.tsv")
polleros_note_gates("${gates}")

set(failed)
set(once ON) # what compilers and CMake say
foreach(config IN LISTS CONFIGS)
    string(TOLOWER "${source}/build/test/${config}" build)
    polleros_build("${source}" "${build}" ${config} -DPOLLEROS_TEST_UNITY=ON
                   -DPOLLEROS_TEST_BUILD=${once} -DPOLLEROS_TEST_SELF_CONTAINED=${once} ${polleros_optimised})
    set(once OFF)
    polleros_run("${build}" ${config} status)
    if(NOT status EQUAL 0)
        list(APPEND failed ${config})
    endif()
endforeach()

polleros_print_gates("${gates}")
if(failed)
    message(FATAL_ERROR "Tests failed: ${failed}")
endif()
