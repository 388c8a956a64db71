# SPDX-License-Identifier: MIT
# Prints how much code a poller adds to a static program for aarch64, and fails if it is too much:
#
#   cmake -P cmake/size.cmake
#
# Installs what it needs, as platforms.cmake does. Everything it makes is under build/.
cmake_minimum_required(VERSION 3.23)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH source)
set(cmake "${CMAKE_CURRENT_LIST_DIR}")
if(NOT DEFINED INSTALL_DEPS OR INSTALL_DEPS)
    set(needed ninja-build=ninja binutils=size qemu-user=qemu-aarch64)
    set(optional)
    if(NOT ZIG)
        list(APPEND needed "python3-venv?python3 -m ensurepip --version")
    endif()
    include("${cmake}/install_deps.cmake")
endif()
include("${cmake}/build.cmake")
include("${cmake}/zig.cmake")

set(build "${source}/build/size")
polleros_zig("${source}/build/zig")
polleros_build(
    "${source}" "${build}" MinSizeRel -DCMAKE_TRY_COMPILE_CONFIGURATION=MinSizeRel "-DCMAKE_TOOLCHAIN_FILE=${cmake}/toolchains/zig.cmake" "-DZIG_TOOLS=${source}/build/zig"
    -DZIG_TARGET=aarch64-linux-musl -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64 -DPOLLEROS_SIZE_ONLY=ON
    -DPOLLEROS_BUILD_EXAMPLES=OFF)
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir "${build}" --verbose --no-tests=error RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "The size tests failed")
endif()
