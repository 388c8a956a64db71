// SPDX-License-Identifier: MIT
#include "support/aligned.hpp"

#include <cstdlib>

namespace polleros_test {

void* allocateAligned(std::size_t bytes, std::size_t alignment) noexcept {
    void* block = nullptr;
    return ::posix_memalign(&block, alignment, bytes) == 0 ? block : nullptr;
}
void releaseAligned(void* block) noexcept {
    std::free(block);
}

} // namespace polleros_test
