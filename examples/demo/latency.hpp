// SPDX-License-Identifier: MIT
// Any number of durations in a fixed space.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <functional>

namespace demo {

/// Counts durations in classes less than one per cent wide, and tells percentiles. The largest is kept exactly.
class Latency {
    using Nanoseconds = std::chrono::nanoseconds;

public:
    void add(Nanoseconds duration) noexcept {
        const auto value = static_cast<std::uint64_t>(std::max(duration, Nanoseconds::zero()).count());
        ++counts_[classOf(value)];
        ++count_;
        max_ = std::max(max_, duration);
    }

    void merge(const Latency& other) noexcept {
        std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
        count_ += other.count_;
        max_ = std::max(max_, other.max_);
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] Nanoseconds max() const noexcept { return max_; }

    /// What so many per cent of the durations did not exceed; to be read as "less than one per cent more than this".
    [[nodiscard]] Nanoseconds percentile(std::uint64_t percent) const noexcept {
        const std::uint64_t wanted = (count_ * percent + 99) / 100;
        std::uint64_t seen = 0;
        for (std::size_t index = 0; index < counts_.size(); ++index) {
            seen += counts_[index];
            if (seen >= wanted) {
                return Nanoseconds(static_cast<std::int64_t>(smallestIn(index)));
            }
        }
        return max_;
    }

private:
    // Values below 256 have a class each; above, every power of two is cut into 128.
    static constexpr unsigned precision = 7;
    static constexpr std::size_t perPower = std::size_t{1} << precision;

    static constexpr std::size_t classOf(std::uint64_t value) noexcept {
        const unsigned shift = shiftOf(value);
        return shift * perPower + static_cast<std::size_t>(value >> shift);
    }
    static constexpr std::uint64_t smallestIn(std::size_t index) noexcept {
        const std::size_t shift = index < 2 * perPower ? 0 : index / perPower - 1;
        return static_cast<std::uint64_t>(index - shift * perPower) << shift;
    }
    static constexpr unsigned shiftOf(std::uint64_t value) noexcept {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        return width > precision + 1 ? width - precision - 1 : 0;
    }

    std::array<std::uint64_t, (64 - precision + 1) * perPower> counts_{};
    std::uint64_t count_ = 0;
    Nanoseconds max_{};
};

} // namespace demo
