# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets aarch64-macos x86_64-macos)
set(reaches linked)
