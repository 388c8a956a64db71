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

namespace polleros_test {

// It is over by itself, and trying on is what is promised. (A pipe that can be read, and cannot, is no world.)
[[nodiscard]] inline bool isRepeatable(const Reason& reason) {
    return isInterruption(reason) || reason.error == 0 || reason.call == Call::read;
}

} // namespace polleros_test
