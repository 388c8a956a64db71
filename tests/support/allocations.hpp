// SPDX-License-Identifier: MIT
// Counts what goes through the global operator new, and makes chosen allocations fail. The operators themselves are
// replaced in allocations.cpp, in every test executable.
#pragma once

#include <cstddef>

namespace polleros_test {

// Allocations and releases of all threads since the process began.
[[nodiscard]] std::size_t allocationsSoFar() noexcept;
[[nodiscard]] std::size_t releasesSoFar() noexcept;

// How many allocations were made since this was constructed. Read it before a check: Catch2 allocates.
class AllocationCount {
public:
    [[nodiscard]] std::size_t allocations() const noexcept { return allocationsSoFar() - allocations_; }
    [[nodiscard]] std::size_t releases() const noexcept { return releasesSoFar() - releases_; }

private:
    std::size_t allocations_ = allocationsSoFar();
    std::size_t releases_ = releasesSoFar();
};

// While it lives, this thread's k-th allocation (counted from 1) fails: throwing forms throw, nothrow forms return null.
// With `andLater`, all after it do too. Leave its scope before a check.
class FailAllocation {
public:
    explicit FailAllocation(std::size_t k, bool andLater = false) noexcept;
    FailAllocation(const FailAllocation&) = delete;
    FailAllocation& operator=(const FailAllocation&) = delete;
    ~FailAllocation();

    // True once an allocation has been refused: false tells a sweep over k that it has seen them all.
    [[nodiscard]] bool happened() const noexcept;
};

// What the library's own form of operator new is asked for, by any thread: nothrow with an alignment, see memory.hpp. (What
// is held, with what tests hold of types with an alignment of their own.)
struct LibraryMemory {
    [[nodiscard]] static std::size_t asked() noexcept;   // blocks so far
    [[nodiscard]] static std::ptrdiff_t held() noexcept; // blocks now
    // The k-th from now on, counted from 1, is refused; with `andLater` those after it are, too. 0: none.
    static void failAt(std::size_t k, bool andLater) noexcept;
    [[nodiscard]] static std::size_t refused() noexcept; // since then
    static void exempt(bool whoeverAsks) noexcept;       // from being counted and refused
};

} // namespace polleros_test
