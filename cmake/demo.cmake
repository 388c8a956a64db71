# SPDX-License-Identifier: MIT
# Configures, builds and runs the demo: an echo server under a thousand real connections.
#
#   cmake -P cmake/demo.cmake
#   cmake -DSECONDS=60 -DCONNECTIONS=5000 -P cmake/demo.cmake
#
# INSTALL_DEPS=ON installs ninja first, if it is missing. Everything it makes is under build/demo.
cmake_minimum_required(VERSION 3.23)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
set(build "${source}/build/demo")

if(INSTALL_DEPS)
    set(needed ninja-build=ninja)
    set(optional)
    include("${CMAKE_CURRENT_LIST_DIR}/install_deps.cmake")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/build.cmake")
polleros_build("${source}" "${build}" Release -DPOLLEROS_BUILD_TESTS=OFF -DPOLLEROS_DEMO_ONLY=ON)

set(arguments)
if(DEFINED SECONDS)
    list(APPEND arguments --seconds ${SECONDS})
endif()
if(DEFINED CONNECTIONS)
    list(APPEND arguments --connections ${CONNECTIONS})
endif()
find_program(demo NAMES polleros_demo PATHS "${build}/examples" "${build}/examples/Release" NO_DEFAULT_PATH REQUIRED)
execute_process(COMMAND "${demo}" ${arguments} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "The demo failed: ${status}")
endif()
