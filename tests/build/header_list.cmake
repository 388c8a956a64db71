# SPDX-License-Identifier: MIT
# A header that is in the folder but not in include/polleros/CMakeLists.txt would be missing from every installation.
file(GLOB_RECURSE present "${INCLUDE}/*.hpp")
list(REMOVE_ITEM present ${HEADERS})
if(present)
    message(FATAL_ERROR "Not listed in include/polleros/CMakeLists.txt: ${present}")
endif()
