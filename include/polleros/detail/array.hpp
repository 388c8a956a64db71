// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/bounds.hpp>
#include <polleros/memory.hpp>

#include <cstring>
#include <type_traits>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A growing array of trivial elements over a Memory. `std::vector` would throw, which a poller must not.
template <class T>
class Array {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    Array() noexcept = default;
    Array(Array&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)),
          memory_(other.memory_) {}
    Array& operator=(Array&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        std::swap(memory_, other.memory_);
        return *this;
    }
    explicit Array(const Memory& memory) noexcept : memory_(memory) {}
    ~Array() { memory_.release(data_, capacity_ * sizeof(T), alignof(T)); }

    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const Memory& memory() const noexcept { return memory_; }

    /// False if memory is short; then nothing has changed.
    [[nodiscard]] bool reserve(std::size_t capacity) noexcept {
        if (capacity <= capacity_) {
            return true;
        }
        if (capacity > static_cast<std::size_t>(-1) / 2 / sizeof(T)) {
            return false;
        }
        auto* const fresh = static_cast<T*>(memory_.allocate(capacity * sizeof(T), alignof(T)));
        if (fresh == nullptr) {
            return false;
        }
        if (size_ != 0) {
            std::memcpy(static_cast<void*>(fresh), data_, size_ * sizeof(T));
        }
        memory_.release(data_, capacity_ * sizeof(T), alignof(T));
        data_ = fresh;
        capacity_ = capacity;
        return true;
    }
    /// Room for `size` in all, growing by half at least. False if memory is short.
    [[nodiscard]] bool grow(std::size_t size) noexcept {
        return size <= capacity_ ||
               reserve(larger<std::size_t>(larger<std::size_t>(size, capacity_ + capacity_ / 2), 8));
    }
    /// Room for one more.
    [[nodiscard]] bool makeRoom() noexcept { return grow(size_ + 1); }

    /// Only after `makeRoom()` or `reserve()`.
    void push(const T& value) noexcept { data_[size_++] = value; }
    [[nodiscard]] T pop() noexcept { return data_[--size_]; }
    void truncate(std::size_t size) noexcept { size_ = size; }
    void clear() noexcept { size_ = 0; }

    /// Makes it `size` long, new elements being `value`. False if memory is short.
    [[nodiscard]] bool resize(std::size_t size, const T& value) noexcept {
        if (!reserve(size)) {
            return false;
        }
        for (std::size_t index = size_; index < size; ++index) {
            data_[index] = value;
        }
        size_ = size;
        return true;
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    Memory memory_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
