# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
install_library("${WORK}/prefix")

foreach(wanted 0.0.9 0.2 1.0)
    configure("${CMAKE_CURRENT_LIST_DIR}/consumer" "${WORK}/consumer-${wanted}" -DCASE=find_package -DWANTED=${wanted}
              "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
    if(status EQUAL 0 OR NOT said MATCHES "version: ${VERSION}")
        message(FATAL_ERROR "Version ${wanted} was asked for, and this came of it:\n${said}")
    endif()
endforeach()
