// SPDX-License-Identifier: MIT
/// @file
/// Memory: where a poller gets its memory from, as one function that does not throw; and FixedBuffer, which makes a
/// poller without a heap.
#pragma once

#include <polleros/config.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

POLLEROS_NAMESPACE_BEGIN

/// The source of a poller's memory. Its function must outlive the poller and every Waker made from it, and is called
/// from the owner's thread, but for the last Waker's destructor, which may run on any.
struct Memory {
    /// Allocates `bytes` with `alignment` when `block` is null, and returns null if it cannot; else frees `block`,
    /// which was allocated with these two, and returns null. Must not throw.
    using Function = void* (*)(void* context, void* block, std::size_t bytes, std::size_t alignment);

    Function function = [](void*, void* block, std::size_t bytes, std::size_t alignment) -> void* {
        if (block == nullptr) {
            return ::operator new(bytes, std::align_val_t{alignment}, std::nothrow);
        }
        ::operator delete(block, std::align_val_t{alignment});
        return nullptr;
    };
    void* context = nullptr; ///< handed to the function

    /// Null if there is none left.
    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
        return function(context, nullptr, bytes, alignment);
    }
    /// Gives a block back; with the size and alignment it was allocated with.
    void release(void* block, std::size_t bytes, std::size_t alignment) const noexcept {
        if (block != nullptr) {
            function(context, block, bytes, alignment);
        }
    }
};

/// A Memory that hands out pieces of one buffer. A block given back is reused only if it was the last one handed out,
/// so `reserve()` what the poller will need: tables that grow leave holes. Channels come in chunks of 8 to 128, about
/// 8 KiB of them: that is the least a poller with one channel takes. Must outlive the poller and its Wakers.
///
/// ```cpp
/// alignas(std::max_align_t) std::byte bytes[16384];
/// polleros::FixedBuffer buffer(bytes);
/// polleros::Poller<polleros::backend::Epoll> poller({.initialChannels = 32, .memory = buffer.memory()});
/// ```
class FixedBuffer {
public:
    explicit FixedBuffer(std::span<std::byte> bytes) noexcept : bytes_(bytes) {} ///< hands out pieces of these
    FixedBuffer(const FixedBuffer&) = delete;
    FixedBuffer& operator=(const FixedBuffer&) = delete;

    /// For `Options::memory`.
    [[nodiscard]] Memory memory() noexcept { return {&step, this}; }
    /// How many bytes are handed out, holes included: print it once to learn how large the buffer must be.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }

private:
    static void* step(void* context, void* block, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<FixedBuffer*>(context);
        std::byte* const base = self.bytes_.data();
        if (block != nullptr) {
            auto* const given = static_cast<std::byte*>(block);
            if (given + bytes == base + self.used_) {
                self.used_ = static_cast<std::size_t>(given - base);
            }
            return nullptr;
        }
        const auto address = reinterpret_cast<std::uintptr_t>(base) + self.used_;
        const std::size_t gap = (alignment - address % alignment) % alignment;
        const std::size_t left = self.bytes_.size() - self.used_;
        if (gap > left || bytes > left - gap) {
            return nullptr;
        }
        std::byte* const found = base + self.used_ + gap;
        self.used_ += gap + bytes;
        return found;
    }

    std::span<std::byte> bytes_;
    std::size_t used_ = 0;
};

POLLEROS_NAMESPACE_END
