# SPDX-License-Identifier: MIT
# How our own tests and examples are compiled. Nothing of this reaches a consumer.

option(POLLEROS_WERROR "Warnings in tests and examples are errors. Values: {ON, OFF}" ${PROJECT_IS_TOP_LEVEL})
set(POLLEROS_SANITIZE "" CACHE STRING "Sanitizers for tests and examples: 'address,undefined', 'thread' or nothing")

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

add_library(polleros_development INTERFACE)
target_link_libraries(polleros_development INTERFACE polleros::polleros Threads::Threads)
if(MSVC) # clang-cl, too, takes the options of that one
    target_compile_options(polleros_development INTERFACE /W4 /permissive- /Zc:__cplusplus)
else()
    target_compile_options(
        polleros_development
        INTERFACE
            -Wall -Wextra -Wpedantic -Wshadow -Wconversion
            # gcc 12 sees overlaps in its own std::string that are not there (PR 105651).
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
            # clang calls __COUNTER__, which Catch2 makes names with, an extension.
            $<$<AND:$<CXX_COMPILER_ID:Clang,AppleClang>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,20>>:-Wno-c2y-extensions>
            $<$<BOOL:${POLLEROS_WERROR}>:-Werror>)
endif()

# Out of a precompiled header, what gcc's optimiser wrongly sees in its own std::string counts as ours (PR 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CMAKE_CROSSCOMPILING)
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

if(POLLEROS_SANITIZE)
    target_compile_options(
        polleros_development
        INTERFACE
            -g -fsanitize=${POLLEROS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
            # Its check of an object's type makes a pipe first: who is out of descriptors, as the demo is on purpose, is told
            # of a broken object.
            -fno-sanitize=vptr)
    target_link_options(polleros_development INTERFACE -fsanitize=${POLLEROS_SANITIZE})
endif()

# die_after_fork: forking while the harness's watchdog thread runs is what some tests are about.
set(POLLEROS_TEST_ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_init_order=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:die_after_fork=0")

# Everything that starts threads carries the label `threads`: it is what a build with the thread sanitizer runs.
function(polleros_starts_threads source result)
    file(STRINGS "${source}" threaded REGEX "#include (<thread>|\"support.hpp\")|\\[threads\\]" LIMIT_COUNT 1)
    if(threaded)
        set(${result} TRUE PARENT_SCOPE)
    else()
        set(${result} FALSE PARENT_SCOPE)
    endif()
endfunction()
