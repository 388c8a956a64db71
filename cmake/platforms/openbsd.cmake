# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets x86_64-openbsd)
set(reaches linked)
