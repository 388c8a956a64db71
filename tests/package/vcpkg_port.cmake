# SPDX-License-Identifier: MIT
# Runs the portfile of the overlay port against stand-ins of the functions that vcpkg gives a port.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

set(port "${SOURCE}/cmake/vcpkg/ports/polleros")
set(CURRENT_PACKAGES_DIR "${WORK}/packages")
file(READ "${port}/vcpkg.json" manifest)
string(JSON port_version GET "${manifest}" version-semver)
if(NOT port_version STREQUAL VERSION)
    message(FATAL_ERROR "The port says version ${port_version}, the project ${VERSION}")
endif()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    configure("${arg_SOURCE_PATH}" "${WORK}/library" ${arg_OPTIONS})
    if(NOT status EQUAL 0 OR said MATCHES "Manually-specified variables were not used")
        message(FATAL_ERROR "${said}")
    endif()
endfunction()

function(vcpkg_cmake_install)
    run(${CMAKE_COMMAND} --install "${WORK}/library" --prefix "${CURRENT_PACKAGES_DIR}")
    file(MAKE_DIRECTORY "${CURRENT_PACKAGES_DIR}/lib")
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
    file(GLOB configs "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*.cmake")
    file(COPY ${configs} DESTINATION "${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}")
    file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/cmake")
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    configure_file("${arg_FILE_LIST}" "${CURRENT_PACKAGES_DIR}/share/polleros/copyright" COPYONLY)
endfunction()

include("${port}/portfile.cmake")

expect_same_files("${SOURCE}/include" "${CURRENT_PACKAGES_DIR}/include")
file(GLOB top RELATIVE "${CURRENT_PACKAGES_DIR}" "${CURRENT_PACKAGES_DIR}/*")
file(GLOB share RELATIVE "${CURRENT_PACKAGES_DIR}/share" "${CURRENT_PACKAGES_DIR}/share/*/*")
set(expected pkgconfig/polleros.pc polleros/Findwepoll.cmake polleros/copyright polleros/polleros-config-version.cmake
             polleros/polleros-config.cmake polleros/polleros-targets.cmake)
if(NOT top STREQUAL "include;share" OR NOT share STREQUAL expected)
    message(FATAL_ERROR "The port installs ${top}; ${share}")
endif()
