// SPDX-License-Identifier: MIT
// Memory with an alignment, for the operators in allocations.cpp.
#pragma once

#include <cstddef>

namespace polleros_test {

// Null if there is none.
[[nodiscard]] void* allocateAligned(std::size_t bytes, std::size_t alignment) noexcept;
void releaseAligned(void* block) noexcept;

} // namespace polleros_test
