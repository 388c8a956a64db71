# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets arm-linux-musleabihf)
set(runs "under qemu-user")
set(emulator qemu-arm)
set(packages qemu-user=qemu-arm)
