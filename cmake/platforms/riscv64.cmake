# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets riscv64-linux-musl)
set(runs "under qemu-user")
set(emulator qemu-riscv64)
set(packages qemu-user=qemu-riscv64)
