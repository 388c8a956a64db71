# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
install_library("${WORK}/prefix")
file(RENAME "${WORK}/prefix" "${WORK}/moved")
consume("-DCMAKE_PREFIX_PATH=${WORK}/moved")

file(GLOB_RECURSE installed "${WORK}/moved/share/*")
foreach(file IN LISTS installed)
    file(READ "${file}" text)
    if(text MATCHES "${WORK}|${SOURCE}")
        message(FATAL_ERROR "${file} names a folder of the machine it was made on")
    endif()
endforeach()
