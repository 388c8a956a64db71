# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets x86_64-freebsd.14.0)
set(reaches linked)
