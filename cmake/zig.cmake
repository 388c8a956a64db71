# SPDX-License-Identifier: MIT

# polleros_zig(<tools>): fills the folder with the compilers zig-cc and zig-c++ and with zig-ar and zig-ranlib, programs
# of one word, which is what CMake and ccache want of a compiler. zig is -DZIG=<program>, else the Python package ziglang,
# which is installed into the folder.
function(polleros_zig tools)
    set(zig "${ZIG}")
    if(NOT zig)
        file(GLOB zig "${tools}/python/lib/python3*/site-packages/ziglang/zig")
    endif()
    if(NOT zig)
        execute_process(COMMAND python3 -m venv "${tools}/python" COMMAND_ERROR_IS_FATAL ANY)
        execute_process(COMMAND "${tools}/python/bin/pip" install --quiet "ziglang==0.17.*" COMMAND_ERROR_IS_FATAL ANY)
        file(GLOB zig "${tools}/python/lib/python3*/site-packages/ziglang/zig")
    endif()
    foreach(tool IN ITEMS cc c++ ar ranlib)
        file(CONFIGURE OUTPUT "${tools}/zig-${tool}" @ONLY CONTENT [[
#!/bin/sh
ZIG_GLOBAL_CACHE_DIR='@tools@/cache' exec '@zig@' @tool@ "$@"
]])
        file(CHMOD "${tools}/zig-${tool}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
    endforeach()
endfunction()
