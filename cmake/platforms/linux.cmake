# SPDX-License-Identifier: MIT
set(runs natively)
