# SPDX-License-Identifier: MIT
# What the library needs on Windows. The conditions travel with the exported target: a tree that was installed on one
# system serves another.

if(CMAKE_SYSTEM_NAME STREQUAL "Windows" AND NOT TARGET wepoll::wepoll)
    list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
    find_package(wepoll QUIET MODULE)
    list(POP_FRONT CMAKE_MODULE_PATH)
    if(wepoll_FOUND)
        set_target_properties(wepoll::wepoll PROPERTIES IMPORTED_GLOBAL TRUE) # for who adds this directory
    else()
        message(STATUS "polleros: no wepoll, so backend::Poll is the native one (wepoll_ROOT says where to look)")
    endif()
endif()

target_link_libraries(
    polleros INTERFACE $<$<PLATFORM_ID:Windows>:$<TARGET_NAME_IF_EXISTS:wepoll::wepoll>>
                       $<$<PLATFORM_ID:Windows>:ws2_32>)
