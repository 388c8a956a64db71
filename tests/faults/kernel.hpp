// SPDX-License-Identifier: MIT
// What the sweep has to know of the system under the backends: a seam without time, for what reasons its calls fail and
// whom the library owes the news, and what each backend's kernel says that it holds.
#pragma once

#include "support/ends.hpp"

#if defined(_WIN32)
#include "faults/windows/kernel.hpp"
#else
#include "faults/linux/kernel.hpp"
#endif
