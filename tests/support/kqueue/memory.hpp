// SPDX-License-Identifier: MIT
// Containers of the model live in malloc's memory: tests count and refuse what operator new is asked for, and mean the
// program's allocations, not the kernel's.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <unordered_map>
#include <utility>

namespace polleros_test::kq {

template <class T>
struct KernelMemory {
    using value_type = T;

    KernelMemory() = default;
    template <class U>
    KernelMemory(const KernelMemory<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t count) noexcept {
        static_assert(alignof(T) <= alignof(std::max_align_t));
        void* const block = std::malloc(count * sizeof(T));
        if (block == nullptr) {
            std::abort();
        }
        return static_cast<T*>(block);
    }
    void deallocate(T* block, std::size_t) noexcept { std::free(block); }

    template <class U>
    friend bool operator==(const KernelMemory&, const KernelMemory<U>&) noexcept {
        return true;
    }
};

template <class Key, class Value>
using Map =
    std::unordered_map<Key, Value, std::hash<Key>, std::equal_to<Key>, KernelMemory<std::pair<const Key, Value>>>;

} // namespace polleros_test::kq
