# SPDX-License-Identifier: MIT
# backend::Kqueue against the suite's own kqueue.
set(runs "against our kqueue")
set(arguments -DPOLLEROS_TEST_KQUEUE=ON -DPOLLEROS_TEST_SCRIPTED=OFF -DPOLLEROS_BUILD_EXAMPLES=OFF)
