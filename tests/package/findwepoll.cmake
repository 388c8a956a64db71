# SPDX-License-Identifier: MIT
# Which library Findwepoll takes for which configuration, from the places in which ports and people put them.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

file(WRITE "${WORK}/CMakeLists.txt" "
cmake_minimum_required(VERSION 3.23)
project(which LANGUAGES NONE)
set(CMAKE_FIND_LIBRARY_PREFIXES lib)
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(CMAKE_MODULE_PATH \"${SOURCE}/cmake\")
find_package(wepoll MODULE)
foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_DEBUG INTERFACE_INCLUDE_DIRECTORIES INTERFACE_LINK_LIBRARIES)
    set(value)
    if(TARGET wepoll::wepoll)
        get_target_property(value wepoll::wepoll \${property})
    endif()
    message(\"\${property}=\${value};\")
endforeach()
")

# expect(<what> <locations> [more arguments]): `locations` is what a release and what a debug build link.
function(expect what release debug)
    file(REMOVE_RECURSE "${WORK}/build")
    execute_process(COMMAND ${CMAKE_COMMAND} -S "${WORK}" -B "${WORK}/build" -G "${GENERATOR}" ${ARGN}
                    OUTPUT_VARIABLE said ERROR_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
    foreach(line "IMPORTED_LOCATION=${release};" "IMPORTED_LOCATION_DEBUG=${debug};")
        string(FIND "${said}" "${line}" found)
        if(found EQUAL -1)
            message(FATAL_ERROR "${what}: expected ${line} of\n${said}")
        endif()
    endforeach()
    if(release AND NOT said MATCHES "INTERFACE_LINK_LIBRARIES=ws2_32;")
        message(FATAL_ERROR "${what}: Winsock is not linked")
    endif()
endfunction()

function(make_files)
    foreach(file IN LISTS ARGN)
        file(WRITE "${file}" "")
    endforeach()
endfunction()

set(port "${WORK}/port")
make_files("${port}/include/wepoll.h" "${port}/lib/libwepoll.a" "${port}/debug/lib/libwepoll.a")
set(both "${port}/lib/libwepoll.a" "${port}/debug/lib/libwepoll.a")
expect("vcpkg" ${both} "-DCMAKE_PREFIX_PATH=${port}\;${port}/debug")
expect("vcpkg, debug first" ${both} "-DCMAKE_PREFIX_PATH=${port}/debug\;${port}")
expect("vcpkg by root" ${both} "-Dwepoll_ROOT=${port}")

set(plain "${WORK}/plain")
make_files("${plain}/include/wepoll.h" "${plain}/lib/libwepoll.a")
expect("one for all" "${plain}/lib/libwepoll.a" "value-NOTFOUND" "-Dwepoll_ROOT=${plain}")

set(named "${WORK}/named")
make_files("${named}/include/wepoll.h" "${named}/lib/libwepoll.a" "${named}/lib/libwepolld.a")
expect("by name" "${named}/lib/libwepoll.a" "${named}/lib/libwepolld.a" "-Dwepoll_ROOT=${named}")

make_files("${WORK}/debug_only/include/wepoll.h" "${WORK}/debug_only/lib/libwepolld.a")
set(only "${WORK}/debug_only/lib/libwepolld.a")
expect("debug only" "${only}" "${only}" "-Dwepoll_ROOT=${WORK}/debug_only")

make_files("${WORK}/header_only/include/wepoll.h")
expect("no library" "" "" "-Dwepoll_ROOT=${WORK}/header_only")
