// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <polleros/detail/move_only_function.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace {

using Function = polleros::detail::MoveOnlyFunction<void(int&)>;

// Of this size, and with something to lose.
template <std::size_t size>
struct Adder {
    std::shared_ptr<int> token;
    std::array<char, size - sizeof(std::shared_ptr<int>)> rest{};
    void operator()(int& sum) const { sum += *token; }
};

struct ThrowsWhenMoved {
    explicit ThrowsWhenMoved() = default;
    ThrowsWhenMoved(ThrowsWhenMoved&&) noexcept(false) {}
    void operator()(int& sum) const { ++sum; }
};

// Adds one if it is where it wants to be.
template <std::size_t alignment>
struct alignas(alignment) Aligned {
    void operator()(int& sum) const {
        const volatile auto here = reinterpret_cast<std::uintptr_t>(this); // or a compiler knows that it is
        sum += here % alignment == 0 ? 1 : 0;
    }
};

void plainFunction(int& sum) {
    sum += 5;
}

template <class Callable>
void checkLife(std::size_t allocations) {
    std::weak_ptr<int> left;
    int sum = 0;
    {
        auto token = std::make_shared<int>(7);
        left = token;
        Callable callable{std::move(token)};
        const polleros_test::AllocationCount count;
        Function first(std::move(callable));
        first(sum);
        Function second(std::move(first));
        second(sum);
        Function third;
        third = std::move(second);
        third(sum);
        const std::size_t made = count.allocations();
        CHECK(made == allocations);
        CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
        CHECK_FALSE(second); // NOLINT(bugprone-use-after-move)
        CHECK(third);
        CHECK(left.use_count() == 1);
    }
    CHECK(sum == 21);
    CHECK(left.expired());
}

} // namespace

TEST_CASE("what is small is kept inside, what is large outside, and both die once") {
    STATIC_REQUIRE(Function::room >= 48);
    checkLife<Adder<48>>(0);
    checkLife<Adder<64>>(1);
}

TEST_CASE("what is small is moved whole, wherever it goes") {
    const auto checkMoves = [](auto callable, int each) {
        const int wrong = 1000;
        const auto other = [a = &wrong, b = &wrong](int& sum) { sum += *a + *b; };
        Function first(callable);
        Function second(other);
        Function third(other);
        third = nullptr; // what it has kept stands there still
        second = std::move(first);
        third.fill(second);
        CHECK_FALSE(second);
        int sum = 0;
        third(sum);
        third(sum);
        CHECK(sum == 2 * each);
    };
    const int one = 1;
    const int two = 2;
    const int three = 3;
    checkMoves([](int& sum) { sum += 1; }, 1);
    checkMoves([a = &one](int& sum) { sum += *a; }, 1);
    checkMoves([a = &one, b = &two](int& sum) { sum += *a + 10 * *b; }, 21);
    checkMoves([a = &one, b = &two, c = &three](int& sum) { sum += *a + 10 * *b + 100 * *c; }, 321);
    checkMoves([a = std::array<int, 100>{1}, b = &two](int& sum) { sum += a[0] + 10 * *b; }, 21);
}

TEST_CASE("what is aligned to more than numbers are is kept outside, where it may be") {
    STATIC_REQUIRE(Function::fits<Aligned<alignof(long long)>>);
    STATIC_REQUIRE_FALSE(Function::fits<Aligned<64>>);
    int sum = 0;
    Function first = Aligned<alignof(long long)>();
    first(sum);
    Function second = Aligned<64>();
    second(sum);
    first = std::move(second);
    first(sum);
    CHECK(sum == 3);
}

TEST_CASE("what may throw when it is moved is moved once") {
    STATIC_REQUIRE_FALSE(Function::fits<ThrowsWhenMoved>);
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Function>);
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Function>);
    Function function{ThrowsWhenMoved()};
    const Function empty = std::move(function);
    CHECK(empty);
    CHECK_FALSE(function); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("null pointers and empty functions are empty, and what is assigned takes the place of what was") {
    CHECK_FALSE(Function());
    CHECK_FALSE(Function(nullptr));
    CHECK_FALSE(Function(static_cast<void (*)(int&)>(nullptr)));
    CHECK_FALSE(Function(std::function<void(int&)>()));
    int sum = 0;
    Function function = plainFunction;
    function(sum);
    function = [&sum](int&) { sum += 10; };
    function(sum);
    function = [](int& into) mutable { return ++into; }; // what it returns is nobody's
    function(sum);
    CHECK(sum == 16);
    function = nullptr;
    CHECK_FALSE(function);
    Function& self = function = plainFunction;
    function = std::move(self);
    CHECK(function);
}

TEST_CASE("what is called with and what it throws goes through") {
    polleros::detail::MoveOnlyFunction<void(std::unique_ptr<int>)> takes = [](std::unique_ptr<int> given) {
        if (*given == 3) {
            throw std::runtime_error("three");
        }
    };
    CHECK_NOTHROW(takes(std::make_unique<int>(2)));
    CHECK_THROWS_WITH(takes(std::make_unique<int>(3)), "three");
}
