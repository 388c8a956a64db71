// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <polleros/memory.hpp>

#include <array>
#include <cstdint>
#include <cstring>

using polleros::FixedBuffer;
using polleros::Memory;

namespace {
bool aligned(const void* block, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}
} // namespace

TEST_CASE("the default memory allocates with any alignment and frees") {
    const polleros_test::AllocationCount count;
    const Memory memory;
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        void* const block = memory.allocate(100, alignment);
        REQUIRE(block != nullptr);
        CHECK(aligned(block, alignment));
        std::memset(block, 1, 100);
        memory.release(block, 100, alignment);
    }
    CHECK(count.releases() >= 13);
}

TEST_CASE("the default memory returns null and does not throw when there is none") {
    const Memory memory;
    void* block = nullptr;
    bool refused = false;
    {
        const polleros_test::FailAllocation fail(1);
        block = memory.allocate(64, 16);
        refused = fail.happened();
    }
    CHECK(refused);
    CHECK(block == nullptr);
}

TEST_CASE("releasing null does nothing") {
    const Memory memory{[](void*, void*, std::size_t, std::size_t) -> void* { throw 1; }, nullptr};
    CHECK_NOTHROW(memory.release(nullptr, 10, 8));
}

TEST_CASE("a memory's function gets its context, sizes and alignments") {
    struct Seen {
        void* block;
        std::size_t bytes, alignment;
    } seen{};
    static char storage[8];
    const Memory memory{[](void* context, void* block, std::size_t bytes, std::size_t alignment) -> void* {
                            *static_cast<Seen*>(context) = {block, bytes, alignment};
                            return block == nullptr ? storage : nullptr;
                        },
                        &seen};
    CHECK(memory.allocate(8, 4) == storage);
    CHECK(seen.block == nullptr);
    CHECK(seen.bytes == 8);
    memory.release(storage, 8, 4);
    CHECK(seen.block == storage);
    CHECK(seen.alignment == 4);
}

TEST_CASE("a fixed buffer hands out disjoint aligned pieces, to the last byte") {
    alignas(64) std::array<std::byte, 256> bytes;
    FixedBuffer buffer(bytes);
    const Memory memory = buffer.memory();
    auto* const a = static_cast<std::byte*>(memory.allocate(1, 1));
    auto* const b = static_cast<std::byte*>(memory.allocate(8, 64));
    REQUIRE(a == bytes.data());
    REQUIRE(b == bytes.data() + 64);
    CHECK(buffer.used() == 72);
    CHECK(memory.allocate(185, 1) == nullptr);
    CHECK(memory.allocate(184, 1) == bytes.data() + 72);
    CHECK(memory.allocate(1, 1) == nullptr);
    CHECK(buffer.used() == 256);
}

TEST_CASE("a fixed buffer that starts unaligned still aligns") {
    alignas(64) std::array<std::byte, 128> bytes;
    FixedBuffer buffer(std::span<std::byte>(bytes).subspan(1));
    void* const block = buffer.memory().allocate(16, 32);
    REQUIRE(block != nullptr);
    CHECK(aligned(block, 32));
    CHECK(buffer.memory().allocate(100, 1) == nullptr);
}

TEST_CASE("a fixed buffer reuses the last block only") {
    alignas(16) std::array<std::byte, 64> bytes;
    FixedBuffer buffer(bytes);
    const Memory memory = buffer.memory();
    void* const first = memory.allocate(16, 16);
    void* const second = memory.allocate(16, 16);
    memory.release(first, 16, 16);
    CHECK(buffer.used() == 32);
    memory.release(second, 16, 16);
    CHECK(buffer.used() == 16);
    CHECK(memory.allocate(16, 16) == second);
}

TEST_CASE("a fixed buffer refuses absurd sizes and alignments, and stays usable") {
    alignas(16) std::array<std::byte, 64> bytes;
    FixedBuffer buffer(bytes);
    const Memory memory = buffer.memory();
    CHECK(memory.allocate(1, 1) != nullptr);
    CHECK(memory.allocate(SIZE_MAX, 1) == nullptr);
    CHECK(memory.allocate(SIZE_MAX - 8, 16) == nullptr);
    CHECK(memory.allocate(8, SIZE_MAX / 2 + 1) == nullptr);
    CHECK(buffer.used() == 1);
    CHECK(memory.allocate(48, 16) == bytes.data() + 16);
}

TEST_CASE("an empty buffer has nothing") {
    FixedBuffer buffer(std::span<std::byte>{});
    CHECK(buffer.memory().allocate(1, 1) == nullptr);
    CHECK(buffer.used() == 0);
}
