// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"

#include "support/aligned.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace polleros_test {
namespace {

std::atomic<std::size_t> allocated{0};
std::atomic<std::size_t> released{0};

struct Plan {
    std::size_t countdown = 0; // 0: nothing is refused
    bool andLater = false;
    bool happened = false;
};
thread_local Plan plan;

struct Scarcity {
    std::atomic<std::size_t> asked{0};
    std::atomic<std::ptrdiff_t> held{0};
    std::atomic<std::size_t> countdown{0}; // 0: nothing is refused
    std::atomic<bool> andLater{false};
    std::atomic<std::size_t> refused{0};
    std::atomic<bool> exempted{false};
};
Scarcity scarcity;

bool refused() noexcept {
    if (plan.countdown == 0 || --plan.countdown != 0) {
        return false;
    }
    plan.happened = true;
    plan.countdown = plan.andLater ? 1 : 0;
    return true;
}

// malloc and its kin, so that sanitizers see every block.
void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    allocated.fetch_add(1, std::memory_order_relaxed);
    if (refused()) {
        return nullptr;
    }
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
        return std::malloc(bytes != 0 ? bytes : 1);
    }
    return allocateAligned(bytes != 0 ? bytes : 1, alignment);
}

void* allocateOrThrow(std::size_t bytes, std::size_t alignment) {
    void* const block = allocate(bytes, alignment);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

void release(void* block, std::size_t alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__) noexcept {
    if (block != nullptr) {
        released.fetch_add(1, std::memory_order_relaxed);
        alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ ? std::free(block) : releaseAligned(block);
    }
}

void* allocateHeld(std::size_t bytes, std::size_t alignment) noexcept {
    void* const block = allocate(bytes, alignment);
    scarcity.held.fetch_add(block != nullptr ? 1 : 0, std::memory_order_relaxed);
    return block;
}

void* allocateForLibrary(std::size_t bytes, std::size_t alignment) noexcept {
    if (!scarcity.exempted) {
        scarcity.asked.fetch_add(1, std::memory_order_relaxed);
        if (scarcity.countdown != 0 && --scarcity.countdown == 0) {
            scarcity.countdown = scarcity.andLater ? 1 : 0;
            ++scarcity.refused;
            return nullptr;
        }
    }
    return allocateHeld(bytes, alignment);
}

void* allocateHeldOrThrow(std::size_t bytes, std::size_t alignment) {
    void* const block = allocateHeld(bytes, alignment);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}
void releaseHeld(void* block, std::size_t alignment) noexcept {
    scarcity.held.fetch_sub(block != nullptr ? 1 : 0, std::memory_order_relaxed);
    release(block, alignment);
}

constexpr std::size_t usual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

} // namespace

std::size_t allocationsSoFar() noexcept {
    return allocated.load(std::memory_order_relaxed);
}
std::size_t releasesSoFar() noexcept {
    return released.load(std::memory_order_relaxed);
}

FailAllocation::FailAllocation(std::size_t k, bool andLater) noexcept {
    plan = {k, andLater, false};
}
FailAllocation::~FailAllocation() {
    plan = {};
}
bool FailAllocation::happened() const noexcept {
    return plan.happened;
}

std::size_t LibraryMemory::asked() noexcept {
    return scarcity.asked;
}
std::ptrdiff_t LibraryMemory::held() noexcept {
    return scarcity.held;
}
void LibraryMemory::failAt(std::size_t k, bool andLater) noexcept {
    scarcity.countdown = k;
    scarcity.andLater = andLater;
    scarcity.refused = 0;
}
void LibraryMemory::exempt(bool whoeverAsks) noexcept {
    scarcity.exempted = whoeverAsks;
}
std::size_t LibraryMemory::refused() noexcept {
    return scarcity.refused;
}

} // namespace polleros_test

namespace test = polleros_test;

void* operator new(std::size_t n) {
    return test::allocateOrThrow(n, test::usual);
}
void* operator new[](std::size_t n) {
    return test::allocateOrThrow(n, test::usual);
}
void* operator new(std::size_t n, std::align_val_t a) {
    return test::allocateHeldOrThrow(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
    return test::allocateHeldOrThrow(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
    return test::allocate(n, test::usual);
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
    return test::allocate(n, test::usual);
}
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return test::allocateForLibrary(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return test::allocateHeld(n, static_cast<std::size_t>(a));
}

void operator delete(void* block) noexcept {
    test::release(block);
}
void operator delete[](void* block) noexcept {
    test::release(block);
}
void operator delete(void* block, std::size_t) noexcept {
    test::release(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    test::release(block);
}
void operator delete(void* block, std::align_val_t a) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
void operator delete[](void* block, std::align_val_t a) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
void operator delete(void* block, std::size_t, std::align_val_t a) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
void operator delete[](void* block, std::size_t, std::align_val_t a) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
    test::release(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
    test::release(block);
}
void operator delete(void* block, std::align_val_t a, const std::nothrow_t&) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
void operator delete[](void* block, std::align_val_t a, const std::nothrow_t&) noexcept {
    test::releaseHeld(block, static_cast<std::size_t>(a));
}
