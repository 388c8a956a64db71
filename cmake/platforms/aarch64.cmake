# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets aarch64-linux-musl)
set(runs "under qemu-user")
set(emulator qemu-aarch64)
set(packages qemu-user=qemu-aarch64 binutils=size)
