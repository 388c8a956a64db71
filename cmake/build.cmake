# SPDX-License-Identifier: MIT

# For polleros_build: how tests are optimised, with this machine's own compiler: as far as it finds what optimising breaks.
# More takes a compiler twice as long.
set(polleros_optimised)
if(NOT CMAKE_HOST_WIN32)
    set(polleros_optimised "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG")
endif()

# polleros_build(<source> <build folder> <configuration> [more arguments]): configures with what generator there is, and
# builds. For scripts.
function(polleros_build source build config)
    set(generator)
    find_program(ninja NAMES ninja ninja-build NO_CACHE)
    find_program(make NAMES make gmake NO_CACHE)
    if(NOT EXISTS "${build}/CMakeCache.txt" AND NOT DEFINED ENV{CMAKE_GENERATOR})
        if(ninja)
            set(generator -G Ninja)
        elseif(NOT make AND NOT CMAKE_HOST_WIN32)
            message(FATAL_ERROR "CMake builds with ninja or make, and neither is installed. INSTALL_DEPS=ON brings one.")
        endif()
    endif()
    execute_process(
        COMMAND ${CMAKE_COMMAND} -S "${source}" -B "${build}" ${generator} -DCMAKE_BUILD_TYPE=${config} ${ARGN}
        COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${CMAKE_COMMAND} --build "${build}" --config ${config} --parallel 2
                    COMMAND_ERROR_IS_FATAL ANY)
endfunction()
