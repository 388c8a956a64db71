# SPDX-License-Identifier: MIT
set(toolchain zig)
set(targets s390x-linux-musl)
set(runs "under qemu-user")
set(emulator qemu-s390x)
set(packages qemu-user=qemu-s390x)
