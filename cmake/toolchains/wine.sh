#!/bin/sh
# SPDX-License-Identifier: MIT
# wine.sh <program> [arguments]: runs a Windows program under Wine and ends with its exit code. A program whose wineserver
# dies ends with 0, so a 0 counts only if the server that cmake/wine.cmake has started is still the one, and if the program
# has printed the line POLLEROS_LAST_LINE, where that is set.
set -u
said=$(mktemp)
trap 'rm -f "$said"' EXIT
exec 4>&1

run() {
    status=$({ { wine "$@" 3>&- 4>&-; echo $? >&3; } | tee "$said" >&4; } 3>&1)
}

run "$@"
if [ "$status" != 0 ] && [ ! -s "$said" ]; then # seen once in a thousand starts: it never came to run
    echo "ended with $status and without a word: once more" >&2
    run "$@"
fi
if [ "$status" != 0 ]; then
    echo "ended with $status" >&2
    exit "$status"
fi
if ! kill -0 "$POLLEROS_WINESERVER" 2>/dev/null; then
    echo "FAILED: Wine has died, and nobody knows how this would have ended" >&2
    exit 70
fi
if [ -n "${POLLEROS_LAST_LINE:-}" ] && ! grep -qF "$POLLEROS_LAST_LINE" "$said"; then
    echo "FAILED: ended with 0, but never printed: $POLLEROS_LAST_LINE" >&2
    exit 70
fi
