# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
install_library("${WORK}/prefix")
file(RENAME "${WORK}/prefix" "${WORK}/moved")
set(ENV{PKG_CONFIG_PATH} "${WORK}/moved/share/pkgconfig")
consume(-DWANTED=${VERSION})
