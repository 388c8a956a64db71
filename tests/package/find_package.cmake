# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
install_library("${WORK}/prefix")
expect_same_files("${SOURCE}/include" "${WORK}/prefix/include")
consume("-DCMAKE_PREFIX_PATH=${WORK}/prefix")

# What a consumer's CMake before 3.23 sees of a file set is only this property.
file(READ "${WORK}/prefix/share/cmake/polleros/polleros-targets.cmake" targets)
if(NOT targets MATCHES "INTERFACE_INCLUDE_DIRECTORIES")
    message(FATAL_ERROR "The exported target has no include directory for older versions of CMake")
endif()

# Headers serve every architecture, so a project with pointers of another size finds the package too.
set(PACKAGE_FIND_VERSION 0.1)
set(PACKAGE_FIND_VERSION_MAJOR 0)
set(PACKAGE_FIND_VERSION_MINOR 1)
foreach(CMAKE_SIZEOF_VOID_P 2 4 8)
    include("${WORK}/prefix/share/cmake/polleros/polleros-config-version.cmake")
    if(NOT PACKAGE_VERSION_COMPATIBLE OR PACKAGE_VERSION_UNSUITABLE)
        message(FATAL_ERROR "The package is for one size of pointers")
    endif()
endforeach()
