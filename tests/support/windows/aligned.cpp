// SPDX-License-Identifier: MIT
#include "support/aligned.hpp"

#include <malloc.h>

namespace polleros_test {

void* allocateAligned(std::size_t bytes, std::size_t alignment) noexcept {
    return ::_aligned_malloc(bytes, alignment);
}
void releaseAligned(void* block) noexcept {
    ::_aligned_free(block);
}

} // namespace polleros_test
