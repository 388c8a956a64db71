// SPDX-License-Identifier: MIT
// Programs of random bytes, each from a number. What fails is shrunk and printed.
#pragma once

#include "shrink.hpp"
#include "support/catch.hpp"

#include <random>

namespace polleros_test {

inline void check(std::span<const std::uint8_t> bytes) {
    INFO("POLLEROS_PROGRAM=" << hex(bytes)); // also of a crash
    const Program program = decode(bytes);
    if (const std::optional<Failure> failure = run(program)) {
        FAIL(failure->what << "\nwhich is to be had by\n" << describe(Shrinker(program, *failure).smallest()));
    }
}

[[nodiscard]] inline std::vector<std::uint8_t> randomBytes(unsigned seed) {
    std::mt19937 numbers(seed);
    std::vector<std::uint8_t> bytes(1 + 3 * (10 + numbers() % 70));
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(numbers());
    }
    return bytes;
}

inline void checkSeeds(unsigned first, unsigned count) {
    for (unsigned seed = first; seed < first + count; ++seed) {
        INFO("POLLEROS_SEED=" << seed);
        check(randomBytes(seed));
    }
    SUCCEED("nothing broken");
}

} // namespace polleros_test
