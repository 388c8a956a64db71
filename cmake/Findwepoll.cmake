# SPDX-License-Identifier: MIT
# Finds the wepoll library, which brings no CMake package of its own. Installed beside polleros-config.cmake.
#
# Makes the target wepoll::wepoll, unless there is one already. `wepoll_ROOT` says where to look. A debug library is
# found by its name (wepolld) or by its place beside the header, as vcpkg has it (debug/lib); where there is only one
# library, it serves every configuration.
include(FindPackageHandleStandardArgs)

if(TARGET wepoll::wepoll)
    set(wepoll_FOUND TRUE)
    return()
endif()

find_path(wepoll_INCLUDE_DIR NAMES wepoll.h)

# First beside the header, in its own lib: a prefix path that has vcpkg's debug folder in front must not win.
cmake_path(GET wepoll_INCLUDE_DIR PARENT_PATH wepoll_prefix)
find_library(wepoll_LIBRARY_RELEASE NAMES wepoll PATHS "${wepoll_prefix}/lib" NO_DEFAULT_PATH)
find_library(wepoll_LIBRARY_RELEASE NAMES wepoll)
find_library(wepoll_LIBRARY_DEBUG NAMES wepolld wepoll PATHS "${wepoll_prefix}/debug/lib" NO_DEFAULT_PATH)
find_library(wepoll_LIBRARY_DEBUG NAMES wepolld)
mark_as_advanced(wepoll_INCLUDE_DIR wepoll_LIBRARY_RELEASE wepoll_LIBRARY_DEBUG)

set(wepoll_any_library "${wepoll_LIBRARY_RELEASE}")
if(NOT wepoll_any_library)
    set(wepoll_any_library "${wepoll_LIBRARY_DEBUG}")
endif()
find_package_handle_standard_args(wepoll REQUIRED_VARS wepoll_any_library wepoll_INCLUDE_DIR)

if(wepoll_FOUND)
    add_library(wepoll::wepoll UNKNOWN IMPORTED)
    set_target_properties(
        wepoll::wepoll PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${wepoll_INCLUDE_DIR}" INTERFACE_LINK_LIBRARIES ws2_32
                                  IMPORTED_LOCATION "${wepoll_any_library}")
    if(wepoll_LIBRARY_DEBUG)
        set_target_properties(wepoll::wepoll PROPERTIES IMPORTED_LOCATION_DEBUG "${wepoll_LIBRARY_DEBUG}")
    endif()
endif()

unset(wepoll_any_library)
unset(wepoll_prefix)
