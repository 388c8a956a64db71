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

} // namespace polleros_test
