// SPDX-License-Identifier: MIT
// The bytes that travel, and how they are verified.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace demo {

/// A stream of bytes without end, made from a seed. Two of the same seed agree for ever: one makes what is sent, the
/// other checks what comes back, and nothing has to be kept in between. A byte that is lost, doubled, changed or out of
/// its place puts everything behind it out of step.
class Stream {
public:
    explicit Stream(std::uint64_t seed) noexcept : state_(seed) {}

    /// Its next bytes.
    void fill(std::span<char> bytes) noexcept {
        while (!bytes.empty()) {
            if (used_ == word_.size()) {
                word_ = std::bit_cast<Word>(draw());
                used_ = 0;
            }
            const std::size_t count = std::min(bytes.size(), word_.size() - used_);
            std::memcpy(bytes.data(), word_.data() + used_, count);
            used_ += count;
            bytes = bytes.subspan(count);
        }
    }

    /// True if these are its next bytes.
    [[nodiscard]] bool matches(std::span<const char> bytes) noexcept {
        std::array<char, 1024> expected;
        bool all = true;
        while (!bytes.empty()) {
            const std::size_t count = std::min(bytes.size(), expected.size());
            fill(std::span(expected).first(count));
            all = std::memcmp(bytes.data(), expected.data(), count) == 0 && all;
            bytes = bytes.subspan(count);
        }
        return all;
    }

    /// A number below `bound`, drawn from it: for whoever needs chance and not bytes.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept { return draw() % bound; }

private:
    using Word = std::array<char, sizeof(std::uint64_t)>;

    /// splitmix64, by Sebastiano Vigna; in the public domain.
    std::uint64_t draw() noexcept {
        std::uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EBU;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
    Word word_{};
    std::size_t used_ = sizeof(Word);
};

} // namespace demo
