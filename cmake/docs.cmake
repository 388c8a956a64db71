# SPDX-License-Identifier: MIT
find_package(Doxygen REQUIRED)
configure_file("${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
add_custom_target(
    polleros_docs
    COMMAND Doxygen::doxygen "${PROJECT_BINARY_DIR}/Doxyfile"
    COMMENT "API pages in ${PROJECT_BINARY_DIR}/docs/html"
    VERBATIM)
