// SPDX-License-Identifier: MIT
// Programs of random bytes, each from a number. What fails is shrunk and printed.
#pragma once

#include "shrink.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace polleros_test {

inline void check(std::span<const std::uint8_t> bytes, MakeLanes lanes = pollerLanes) {
    INFO("POLLEROS_PROGRAM=" << hex(bytes)); // also of a crash
    const Program program = decode(bytes);
    if (const std::optional<Failure> failure = run(program, lanes)) {
        FAIL(failure->what << "\nwhich is to be had by\n"
                           << describe(Shrinker(program, *failure, lanes).smallest(), lanes));
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

inline void checkSeeds(unsigned first, unsigned count, MakeLanes lanes = pollerLanes) {
    for (unsigned seed = first; seed < first + count; ++seed) {
        INFO("POLLEROS_SEED=" << seed);
        check(randomBytes(seed), lanes);
    }
    SUCCEED("nothing broken");
}

// The programs of this folder, one in each file.
inline void checkCorpus(const std::filesystem::path& folder, MakeLanes lanes = pollerLanes) {
    std::size_t programs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        INFO(entry.path());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        check(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), lanes);
        ++programs;
    }
    CHECK(programs >= 5);
}

// These, or what somebody wants repeated: POLLEROS_PROGRAM in the environment is one program, POLLEROS_SEED one seed.
inline void checkSeedsOrWanted(unsigned count, MakeLanes lanes = pollerLanes) {
    if (const char* const text = std::getenv("POLLEROS_PROGRAM")) {
        check(unhex(text), lanes);
        SUCCEED("nothing broken");
    } else if (const char* const seed = std::getenv("POLLEROS_SEED")) {
        checkSeeds(static_cast<unsigned>(std::atoi(seed)), 1, lanes);
    } else {
        checkSeeds(1, count, lanes);
    }
}

} // namespace polleros_test
