# SPDX-License-Identifier: MIT
# A kernel of x86_64 runs it as it is.
set(toolchain zig)
set(targets x86-linux-musl)
set(runs natively)
