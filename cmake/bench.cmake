# SPDX-License-Identifier: MIT
# Builds the benchmarks, runs them, and prints one table of medians and ratios to the loop written by hand:
#
#   cmake -P cmake/bench.cmake                          with the peers that are installed
#   cmake -DINSTALL_DEPS=ON -P cmake/bench.cmake        installs them first, with the system's package manager
#   cmake -DROUNDS=15 -DFILTER=W1 -P cmake/bench.cmake  more rounds, fewer rows
#
# Leave the machine alone meanwhile. Table, JSON and plots are in build/bench/results.
cmake_minimum_required(VERSION 3.23)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
set(build "${source}/build/bench")
set(results "${build}/results")
if(NOT ROUNDS)
    set(ROUNDS 7)
endif()
if(NOT FILTER)
    set(FILTER ".")
endif()

if(INSTALL_DEPS)
    set(needed ninja-build=ninja python3=python3 libbenchmark-dev:benchmark/benchmark.h)
    set(optional libev-dev:ev.h libevent-dev:event2/event.h libuv1-dev:uv.h libasio-dev:asio.hpp
        "python3-matplotlib?/usr/bin/python3 -c 'import matplotlib'")
    include("${CMAKE_CURRENT_LIST_DIR}/install_deps.cmake")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/build.cmake")
polleros_build("${source}" "${build}" RelWithDebInfo -DPOLLEROS_BUILD_BENCH=ON -DPOLLEROS_BUILD_TESTS=OFF
               -DPOLLEROS_BUILD_EXAMPLES=OFF)

file(REMOVE_RECURSE "${results}")
file(MAKE_DIRECTORY "${results}")
find_program(bench NAMES polleros_bench PATHS "${build}/bench" NO_DEFAULT_PATH REQUIRED)
find_program(micro NAMES polleros_micro PATHS "${build}/bench" NO_DEFAULT_PATH REQUIRED)

function(run file)
    execute_process(COMMAND ${ARGN} "--benchmark_out=${results}/${file}" --benchmark_out_format=json
                    OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${ARGN} has ended with ${status}: ${said}")
    endif()
endfunction()

foreach(round RANGE 1 ${ROUNDS})
    message("Round ${round} of ${ROUNDS}")
    run(round_${round}.json "${bench}" --round=${round} "--benchmark_filter=${FILTER}" --benchmark_min_time=0.05)
endforeach()
run(micro.json "${micro}" --benchmark_min_time=0.2 --benchmark_repetitions=5 --benchmark_report_aggregates_only=true)

# The system's own first: it is the one that has the system's packages.
find_program(python NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(python NAMES python3 REQUIRED)
load_cache("${build}" READ_WITH_PREFIX "" CMAKE_CXX_COMPILER)
execute_process(COMMAND "${python}" "${source}/bench/report.py" "${results}" "${CMAKE_CXX_COMPILER}" "${source}/include"
                COMMAND_ERROR_IS_FATAL ANY)
