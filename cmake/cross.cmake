# SPDX-License-Identifier: MIT
# What the compilers of toolchains/ need, made once and shared by all configurations.
include("${cmake}/debian_source.cmake")
include("${cmake}/zig.cmake")

set(sources "${source}/build/sources")
if(CATCH2_SOURCE)
    set(catch2_source "${CATCH2_SOURCE}")
else()
    set(catch2_source "${sources}/catch2")
    polleros_debian_source(catch2 trixie "${catch2_source}")
endif()

if(toolchain STREQUAL "zig")
    set(tools "${source}/build/zig")
    polleros_zig("${tools}")
elseif(WEPOLL_SOURCE)
    set(wepoll_source "${WEPOLL_SOURCE}")
else()
    # bookworm's is the last one with wepoll in it.
    polleros_debian_source(zeromq3 bookworm "${sources}/zeromq3")
    set(wepoll_source "${sources}/zeromq3/external/wepoll")
endif()

# polleros_wepoll(<prefix>): wepoll as its users install it. Up to 1.5.4 it includes headers in spellings that only a file
# system without case finds.
function(polleros_wepoll prefix)
    set(object "${prefix}/build/wepoll.o")
    foreach(header IN ITEMS WinSock2 WS2tcpip Windows)
        string(TOLOWER "${header}" lower)
        file(WRITE "${prefix}/build/spellings/${header}.h" "#include <${lower}.h>\n")
    endforeach()
    execute_process(
        COMMAND x86_64-w64-mingw32-gcc-posix -O2 "-I${prefix}/build/spellings" -c "${wepoll_source}/wepoll.c" -o "${object}"
        COMMAND_ERROR_IS_FATAL ANY)
    file(MAKE_DIRECTORY "${prefix}/lib")
    execute_process(COMMAND x86_64-w64-mingw32-ar rcs "${prefix}/lib/libwepoll.a" "${object}" COMMAND_ERROR_IS_FATAL ANY)
    file(COPY "${wepoll_source}/wepoll.h" DESTINATION "${prefix}/include")
endfunction()

# polleros_cross(<target> <arguments>): adds to the arguments those that make CMake build for the target. Builds Catch2
# for it first, without the project's own options.
function(polleros_cross target arguments)
    set(prefix "${source}/build/prefix/${target}")
    list(APPEND ${arguments} "-DCMAKE_TOOLCHAIN_FILE=${cmake}/toolchains/${toolchain}.cmake"
         "-DCMAKE_FIND_ROOT_PATH=${prefix}")
    if(toolchain STREQUAL "zig")
        list(APPEND ${arguments} "-DZIG_TOOLS=${tools}" "-DZIG_TARGET=${target}")
    endif()
    if(reaches STREQUAL "compiled")
        list(APPEND ${arguments} -DZIG_LINKS=OFF)
    endif()
    # Optimised as far as it finds what optimising breaks; and without debug information, which linkers take minutes over.
    set(optimised "-O1 -DNDEBUG")
    if(reaches) # nothing runs: what counts is that it is compiled
        set(optimised -O0)
        list(APPEND ${arguments} -DPOLLEROS_TEST_ANY_ONLY=ON)
    endif()
    list(APPEND ${arguments} -DCMAKE_CXX_FLAGS_DEBUG=-O0 "-DCMAKE_CXX_FLAGS_RELEASE=${optimised}")

    if(NOT EXISTS "${prefix}/lib/cmake/Catch2/Catch2Config.cmake")
        polleros_build("${catch2_source}" "${prefix}/build/catch2" Release ${${arguments}} -DCMAKE_CXX_STANDARD=20
                       "-DCMAKE_CXX_FLAGS=-include cfloat" # 3.7.1 forgets it, and not every C++ library brings it
                       -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=30
                       -DCATCH_INSTALL_DOCS=OFF "-DCMAKE_INSTALL_PREFIX=${prefix}"
                       -DCMAKE_INSTALL_LIBDIR=lib)
        execute_process(COMMAND ${CMAKE_COMMAND} --install "${prefix}/build/catch2" COMMAND_ERROR_IS_FATAL ANY)
    endif()
    list(APPEND ${arguments} "-DCatch2_DIR=${prefix}/lib/cmake/Catch2")

    if(toolchain STREQUAL "mingw")
        if(NOT EXISTS "${prefix}/lib/libwepoll.a")
            polleros_wepoll("${prefix}")
        endif()
        list(APPEND ${arguments} "-Dwepoll_ROOT=${prefix}")
    endif()

    if(emulator)
        list(APPEND ${arguments} "-DCMAKE_CROSSCOMPILING_EMULATOR=${emulator}")
    endif()
    set(${arguments} "${${arguments}}" PARENT_SCOPE)
endfunction()
