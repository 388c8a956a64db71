# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
consume()

# A project that installs itself must not install us along with it.
run(${CMAKE_COMMAND} --install "${WORK}/consumer" --prefix "${WORK}/prefix")
file(GLOB_RECURSE installed "${WORK}/prefix/*")
if(installed)
    message(FATAL_ERROR "Installed without being asked: ${installed}")
endif()
