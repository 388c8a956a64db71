# SPDX-License-Identifier: MIT
# What the package tests have in common. They run as `cmake -P`, one script per test.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${WORK}")

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# configure(<source> <build folder> [more arguments]): puts what CMake said into `said` and its exit status into `status`.
function(configure source build)
    execute_process(
        COMMAND
            ${CMAKE_COMMAND} -S "${source}" -B "${build}" -G "${GENERATOR}" -DCMAKE_BUILD_TYPE=${BUILD_TYPE}
            -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" ${ARGN}
        RESULT_VARIABLE status
        OUTPUT_VARIABLE said
        ERROR_VARIABLE said)
    set(status "${status}" PARENT_SCOPE)
    set(said "${said}" PARENT_SCOPE)
endfunction()

function(install_library prefix)
    configure("${SOURCE}" "${WORK}/library" -DPOLLEROS_BUILD_TESTS=OFF -DPOLLEROS_BUILD_EXAMPLES=OFF)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${said}")
    endif()
    run(${CMAKE_COMMAND} --install "${WORK}/library" --prefix "${prefix}")
endfunction()

# Builds and runs the consumer, which obtains the library as CASE says.
function(consume)
    configure("${CMAKE_CURRENT_LIST_DIR}/consumer" "${WORK}/consumer" -DCASE=${CASE} -DSOURCE=${SOURCE}
              --no-warn-unused-cli ${ARGN})
    message("${said}")
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "The consumer could not be configured")
    endif()
    run(${CMAKE_COMMAND} --build "${WORK}/consumer")
    execute_process(COMMAND "${WORK}/consumer/consumer" OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
    if(NOT printed STREQUAL "${VERSION}\n")
        message(FATAL_ERROR "The consumer printed '${printed}', not ${VERSION}")
    endif()
endfunction()

function(expect_same_files left right)
    file(GLOB_RECURSE in_left RELATIVE "${left}" "${left}/*.hpp")
    file(GLOB_RECURSE in_right RELATIVE "${right}" "${right}/*.hpp")
    if(NOT in_left STREQUAL in_right)
        message(FATAL_ERROR "Different headers.\n${left}: ${in_left}\n${right}: ${in_right}")
    endif()
endfunction()
