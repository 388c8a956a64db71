# SPDX-License-Identifier: MIT
# zig's libc for it has no kevent().
set(toolchain zig)
set(targets x86_64-netbsd)
set(reaches compiled)
