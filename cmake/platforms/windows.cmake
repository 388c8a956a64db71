# SPDX-License-Identifier: MIT
set(toolchain mingw)
set(targets x86_64-w64-mingw32)
set(runs "under Wine")
set(emulator wine.sh)
set(packages g++-mingw-w64-x86-64-posix=x86_64-w64-mingw32-g++-posix wine=wine "wine64?test -e /usr/lib/wine/wine64")
