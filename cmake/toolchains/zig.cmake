# SPDX-License-Identifier: MIT
# zig's clang for any of its targets. Wants ZIG_TOOLS, a folder that cmake/zig.cmake has filled, ZIG_TARGET, say
# s390x-linux-musl, and takes ZIG_LINKS=OFF for a target whose libraries zig lacks: there everything is compiled and
# nothing linked.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIG_TOOLS ZIG_TARGET ZIG_LINKS)

string(REGEX MATCH "^([^-]+)-([a-z]+)" matched "${ZIG_TARGET}")
set(CMAKE_SYSTEM_PROCESSOR "${CMAKE_MATCH_1}")
set(zig_linux Linux)
set(zig_macos Darwin)
set(zig_freebsd FreeBSD)
set(zig_openbsd OpenBSD)
set(zig_netbsd NetBSD)
set(CMAKE_SYSTEM_NAME "${zig_${CMAKE_MATCH_2}}")

set(CMAKE_C_COMPILER "${ZIG_TOOLS}/zig-cc")
set(CMAKE_CXX_COMPILER "${ZIG_TOOLS}/zig-c++")
set(CMAKE_C_COMPILER_TARGET "${ZIG_TARGET}")
set(CMAKE_CXX_COMPILER_TARGET "${ZIG_TARGET}")
set(CMAKE_AR "${ZIG_TOOLS}/zig-ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${ZIG_TOOLS}/zig-ranlib" CACHE FILEPATH "")

if(DEFINED ZIG_LINKS AND NOT ZIG_LINKS)
    set(CMAKE_C_LINK_EXECUTABLE "<CMAKE_COMMAND> -E touch <TARGET>")
    set(CMAKE_CXX_LINK_EXECUTABLE "<CMAKE_COMMAND> -E touch <TARGET>")
endif()

# zig builds a C++ library for each kind of optimisation that something is linked with: one will do for what CMake tries.
if(NOT CMAKE_TRY_COMPILE_CONFIGURATION)
    set(CMAKE_TRY_COMPILE_CONFIGURATION Release)
endif()

# The host's libraries and packages are of no use to the target; those built for it are named one by one.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
