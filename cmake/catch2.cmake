# SPDX-License-Identifier: MIT
# 3.3 is the first version 3 with SKIP; 2.13 is what Debian 12 has.
find_package(Catch2 3.3 QUIET)
if(NOT Catch2_FOUND)
    find_package(Catch2 2.13 QUIET)
endif()

if(NOT Catch2_FOUND)
    include(FetchContent)
    FetchContent_Declare(
        Catch2
        GIT_REPOSITORY https://github.com/catchorg/Catch2.git
        GIT_TAG v3.8.1
        GIT_SHALLOW ON)
    # Compiled as C++14, its default, it lacks the string_view printer that C++20 tests would link to.
    set(CMAKE_CXX_STANDARD 20)
    FetchContent_MakeAvailable(Catch2)
    unset(CMAKE_CXX_STANDARD)
    get_target_property(catch2_includes Catch2 INTERFACE_INCLUDE_DIRECTORIES)
    set_target_properties(Catch2 PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${catch2_includes}")
endif()
