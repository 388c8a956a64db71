#!/bin/sh
# SPDX-License-Identifier: MIT
# wine_processes.sh <program>...: the numbers of the processes of $WINEPREFIX that run one of Wine's own programs, say
# wine64 or wineserver64. A Windows program runs wine64.
for process in /proc/[0-9]*; do
    for program in "$@"; do
        if [ "$(readlink "$process/exe")" = "/usr/lib/wine/$program" ] &&
            tr '\0' '\n' <"$process/environ" | grep -qxF "WINEPREFIX=$WINEPREFIX"; then
            echo "${process#/proc/}"
        fi
    done
done 2>/dev/null
