// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <polleros/detail/array.hpp>

#include <cstdint>
#include <utility>

using polleros::Memory;
using polleros::detail::Array;
using Numbers = Array<std::uint64_t>;

namespace {
Numbers filled(std::uint64_t count) {
    Numbers numbers;
    for (std::uint64_t value = 0; value < count; ++value) {
        REQUIRE(numbers.makeRoom());
        numbers.push(value);
    }
    return numbers;
}
} // namespace

TEST_CASE("an empty array allocates nothing") {
    const polleros_test::AllocationCount count;
    {
        Numbers numbers;
        static_cast<void>(numbers);
    }
    const std::size_t allocations = count.allocations();
    CHECK(allocations == 0);
}

TEST_CASE("an array keeps its elements while it grows") {
    Numbers numbers = filled(1000);
    CHECK(numbers.size() == 1000);
    CHECK(numbers.capacity() >= 1000);
    std::uint64_t expected = 0;
    for (const std::uint64_t value : numbers) {
        REQUIRE(value == expected++);
    }
    CHECK(numbers.back() == 999);
    CHECK(numbers.pop() == 999);
    CHECK(numbers.size() == 999);
}

TEST_CASE("an array grows in few steps") {
    const polleros_test::AllocationCount count;
    {
        Numbers numbers = filled(1);
    }
    Numbers numbers;
    std::size_t steps = 0;
    for (std::uint64_t value = 0; value < 10'000; ++value) {
        const std::size_t before = numbers.capacity();
        REQUIRE(numbers.makeRoom());
        steps += numbers.capacity() != before ? 1U : 0U;
        numbers.push(value);
    }
    CHECK(steps < 25);
}

TEST_CASE("an array without memory says so and is as it was") {
    Numbers numbers = filled(8);
    while (numbers.size() < numbers.capacity()) {
        numbers.push(0);
    }
    const std::size_t size = numbers.size();
    bool room = true, reserved = true, resized = true;
    {
        const polleros_test::FailAllocation fail(1, true);
        room = numbers.makeRoom();
        reserved = numbers.reserve(1000);
        resized = numbers.resize(1000, 5);
    }
    CHECK_FALSE(room);
    CHECK_FALSE(reserved);
    CHECK_FALSE(resized);
    CHECK(numbers.size() == size);
    CHECK(numbers.capacity() == size);
    CHECK(numbers[3] == 3);
    CHECK(numbers.makeRoom());
}

TEST_CASE("more elements than bytes can count are refused") {
    Numbers numbers;
    CHECK_FALSE(numbers.reserve(SIZE_MAX / sizeof(std::uint64_t) + 2));
    CHECK_FALSE(numbers.reserve(SIZE_MAX));
    CHECK_FALSE(numbers.resize(SIZE_MAX / 4, 0));
    CHECK(numbers.capacity() == 0);
}

TEST_CASE("resizing fills what is new and keeps what was there") {
    Numbers numbers = filled(3);
    REQUIRE(numbers.resize(6, 77));
    CHECK(numbers[2] == 2);
    CHECK(numbers[3] == 77);
    CHECK(numbers[5] == 77);
    REQUIRE(numbers.resize(2, 1));
    CHECK(numbers.size() == 2);
    CHECK(numbers.capacity() >= 6);
    numbers.truncate(1);
    CHECK(numbers.back() == 0);
    numbers.clear();
    CHECK(numbers.empty());
}

TEST_CASE("a moved array leaves an empty one that works") {
    Numbers numbers = filled(5);
    const std::uint64_t* const data = numbers.data();
    Numbers other(std::move(numbers));
    CHECK(other.data() == data);
    CHECK(numbers.empty()); // NOLINT(bugprone-use-after-move): promised
    CHECK(numbers.capacity() == 0);
    REQUIRE(numbers.makeRoom());
    numbers.push(9);
    numbers = std::move(other);
    CHECK(numbers.size() == 5);
    CHECK(numbers[4] == 4);
}

TEST_CASE("an array gives its memory back where it came from, with the size it asked for") {
    struct Books {
        std::size_t bytes = 0;
        std::size_t blocks = 0;
    } books;
    const Memory memory{[](void* context, void* block, std::size_t bytes, std::size_t alignment) -> void* {
                            auto& open = *static_cast<Books*>(context);
                            if (block == nullptr) {
                                open.bytes += bytes;
                                ++open.blocks;
                                return ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
                            }
                            open.bytes -= bytes;
                            --open.blocks;
                            ::operator delete(block, std::align_val_t{alignment});
                            return nullptr;
                        },
                        &books};
    {
        Numbers numbers(memory);
        for (std::uint64_t value = 0; value < 100; ++value) {
            REQUIRE(numbers.makeRoom());
            numbers.push(value);
            REQUIRE(books.blocks == 1);
            REQUIRE(books.bytes == numbers.capacity() * sizeof value);
        }
        Numbers other(std::move(numbers));
        CHECK(other.memory().context == &books);
    }
    CHECK(books.blocks == 0);
    CHECK(books.bytes == 0);
}

TEST_CASE("over-aligned elements are aligned") {
    struct alignas(128) Big {
        char bytes[128];
    };
    Array<Big> bigs;
    REQUIRE(bigs.resize(3, {}));
    CHECK(reinterpret_cast<std::uintptr_t>(bigs.data()) % 128 == 0);
}
