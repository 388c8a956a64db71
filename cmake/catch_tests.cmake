# SPDX-License-Identifier: MIT
option(POLLEROS_TEST_UNITY "Compile test files several at a time: sooner done. Values: {ON, OFF}" OFF)

# polleros_add_tests(<name>): the .cpp files below this folder, as one executable per folder and one CTest test per file.
# unit/net/tcp.cpp is the test unit.net.tcp of the executable polleros_unit_net_tests. Few executables link quickly; a
# test per file says where a failure is, has a time limit of its own, and needs no program to be run while building. Files
# in a folder named after another system (test_systems.cmake) are left out, and named.
function(polleros_add_tests name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" *.cpp)

    set(targets)
    foreach(source IN LISTS sources)
        polleros_is_foreign("${source}" foreign)
        if(foreign)
            message(STATUS "${name}/${source} is about another system")
            continue()
        endif()
        set(labels ${name})
        polleros_starts_threads("${CMAKE_CURRENT_SOURCE_DIR}/${source}" threaded)
        if(threaded)
            list(APPEND labels threads)
        elseif(POLLEROS_SANITIZE STREQUAL "thread")
            continue()
        endif()

        cmake_path(REMOVE_EXTENSION source OUTPUT_VARIABLE test)
        cmake_path(GET test FILENAME tag)
        cmake_path(GET test PARENT_PATH folder)
        cmake_path(SET target NORMALIZE "polleros/${name}/${folder}/tests")
        string(REPLACE "/" "_" target "${target}")
        list(APPEND targets ${target})
        list(APPEND ${target}_sources "${source}")

        # Catch2 tags every case with the name of its file, without the folder.
        string(REPLACE "/" "." test "${name}.${test}")
        add_test(NAME ${test} COMMAND ${target} --filenames-as-tags "[#${tag}]")
        set_tests_properties(
            ${test}
            PROPERTIES
                LABELS "${labels}"
                TIMEOUT 180
                ENVIRONMENT
                    "${POLLEROS_TEST_ENVIRONMENT};POLLEROS_TEST_SUITE=${name};POLLEROS_LAST_LINE=the run is over"
                SKIP_RETURN_CODE 4 # Catch2 v3: every case was skipped
                FAIL_REGULAR_EXPRESSION "No tests ran")
    endforeach()

    list(REMOVE_DUPLICATES targets)
    foreach(target IN LISTS targets)
        add_executable(${target} ${${target}_sources})
        target_link_libraries(${target} PRIVATE polleros_test_support polleros_test_main)
        target_precompile_headers(${target} REUSE_FROM polleros_test_support)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ${POLLEROS_TEST_UNITY} UNITY_BUILD_BATCH_SIZE 7)
    endforeach()
endfunction()
