// SPDX-License-Identifier: MIT
// The memory of a poller under test: counted, and scarce at a chosen moment.
#pragma once

#include <polleros/memory.hpp>

#include <cstddef>
#include <new>

namespace polleros_test {

class CountedMemory {
public:
    [[nodiscard]] polleros::Memory memory() noexcept { return {&step, this}; }

    // The k-th allocation from now on, counted from 1, finds no memory; with `andLater` those after it do not either.
    void failAt(std::size_t k, bool andLater) noexcept {
        countdown_ = k;
        andLater_ = andLater;
    }
    void recover() noexcept { countdown_ = 0; }

    [[nodiscard]] std::size_t allocations() const noexcept { return allocations_; }
    [[nodiscard]] std::size_t failures() const noexcept { return failures_; }
    // All blocks came back with the sizes they were made with.
    [[nodiscard]] bool isBalanced() const noexcept { return blocks_ == 0 && bytes_ == 0; }

private:
    static void* step(void* context, void* block, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<CountedMemory*>(context);
        if (block != nullptr) {
            --self.blocks_;
            self.bytes_ -= bytes;
            ::operator delete(block, std::align_val_t{alignment});
            return nullptr;
        }
        ++self.allocations_;
        if (self.countdown_ != 0 && --self.countdown_ == 0) {
            self.countdown_ = self.andLater_ ? 1 : 0;
            ++self.failures_;
            return nullptr;
        }
        ++self.blocks_;
        self.bytes_ += bytes;
        return ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
    }

    std::size_t allocations_ = 0;
    std::size_t failures_ = 0;
    std::size_t blocks_ = 0;
    std::size_t bytes_ = 0;
    std::size_t countdown_ = 0;
    bool andLater_ = false;
};

} // namespace polleros_test
