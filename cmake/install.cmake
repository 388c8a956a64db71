# SPDX-License-Identifier: MIT
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Nothing installed depends on the architecture, so it goes where one tree may serve several of them.
set(POLLEROS_INSTALL_CMAKEDIR
    "${CMAKE_INSTALL_DATADIR}/cmake/polleros"
    CACHE PATH "Where the CMake package is installed, relative to the prefix")
set(POLLEROS_INSTALL_PKGCONFIGDIR
    "${CMAKE_INSTALL_DATADIR}/pkgconfig"
    CACHE PATH "Where polleros.pc is installed, relative to the prefix")
mark_as_advanced(POLLEROS_INSTALL_CMAKEDIR POLLEROS_INSTALL_PKGCONFIGDIR)

# INCLUDES: the exported file sets are invisible to a consumer's CMake before 3.23, the include directory is not.
install(
    TARGETS polleros
    EXPORT polleros-targets
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILE_SET foreign_systems DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

install(
    EXPORT polleros-targets
    NAMESPACE polleros::
    DESTINATION "${POLLEROS_INSTALL_CMAKEDIR}")

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/polleros-config.cmake.in" "${PROJECT_BINARY_DIR}/polleros-config.cmake"
    INSTALL_DESTINATION "${POLLEROS_INSTALL_CMAKEDIR}"
    NO_SET_AND_CHECK_MACRO)

# While the major version is 0 every minor version may break its users.
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/polleros-config-version.cmake"
    COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT)

# The prefix is relative to the .pc file itself: one written down would be wrong once the tree has moved.
cmake_path(ABSOLUTE_PATH POLLEROS_INSTALL_PKGCONFIGDIR BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE
           polleros_pc_dir)
cmake_path(SET polleros_pc_prefix NORMALIZE "${CMAKE_INSTALL_PREFIX}")
cmake_path(RELATIVE_PATH polleros_pc_prefix BASE_DIRECTORY "${polleros_pc_dir}")
cmake_path(APPEND polleros_pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
set(polleros_pc_libs)
if(CMAKE_SYSTEM_NAME STREQUAL "Windows")
    set(polleros_pc_libs "Libs: -lws2_32\n")
    if(TARGET wepoll::wepoll)
        set(polleros_pc_libs "Libs: -lwepoll -lws2_32\n")
    endif()
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/polleros.pc.in" "${PROJECT_BINARY_DIR}/polleros.pc" @ONLY)

install(FILES "${PROJECT_BINARY_DIR}/polleros-config.cmake" "${PROJECT_BINARY_DIR}/polleros-config-version.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/Findwepoll.cmake"
        DESTINATION "${POLLEROS_INSTALL_CMAKEDIR}")
install(FILES "${PROJECT_BINARY_DIR}/polleros.pc" DESTINATION "${POLLEROS_INSTALL_PKGCONFIGDIR}")
