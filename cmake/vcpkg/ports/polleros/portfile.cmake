# SPDX-License-Identifier: MIT
set(VCPKG_BUILD_TYPE release) # header-only port

# As an overlay port it installs the checkout it lies in: an archive that contains this file cannot contain its own hash.
cmake_path(SET SOURCE_PATH NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../../..")

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DPOLLEROS_BUILD_TESTS=OFF
        -DPOLLEROS_BUILD_EXAMPLES=OFF
        -DPOLLEROS_BUILD_DOCS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME polleros CONFIG_PATH share/cmake/polleros)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/lib") # vcpkg refuses an empty folder

vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
