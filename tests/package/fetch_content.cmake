# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
consume(-DFETCHCONTENT_FULLY_DISCONNECTED=ON)
