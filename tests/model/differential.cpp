// SPDX-License-Identifier: MIT
// Random programs on every backend beside the model, and those that have been found to be interesting. What fails is
// shrunk and printed; POLLEROS_PROGRAM in the environment repeats one program, POLLEROS_SEED one seed.
#include "shrink.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace polleros_test {
namespace {

#if defined(_WIN32)
constexpr unsigned seeds = 150; // Wine's every call asks its one server
#else
constexpr unsigned seeds = 600;
#endif

void check(std::span<const std::uint8_t> bytes) {
    INFO("POLLEROS_PROGRAM=" << hex(bytes)); // also of a crash
    const Program program = decode(bytes);
    if (const std::optional<Failure> failure = run(program)) {
        FAIL(failure->what << "\nwhich is to be had by\n" << describe(Shrinker(program, *failure).smallest()));
    }
}

std::vector<std::uint8_t> randomBytes(unsigned seed) {
    std::mt19937 numbers(seed);
    std::vector<std::uint8_t> bytes(1 + 3 * (10 + numbers() % 70));
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(numbers());
    }
    return bytes;
}

void checkSeeds(unsigned first, unsigned count) {
    for (unsigned seed = first; seed < first + count; ++seed) {
        INFO("POLLEROS_SEED=" << seed);
        check(randomBytes(seed));
    }
    SUCCEED("nothing broken");
}

} // namespace

TEST_CASE("whatever a program does, every backend keeps the same promises", "[model]") {
    if (const char* const text = std::getenv("POLLEROS_PROGRAM")) {
        check(unhex(text));
        SUCCEED("nothing broken");
    } else if (const char* const seed = std::getenv("POLLEROS_SEED")) {
        checkSeeds(static_cast<unsigned>(std::atoi(seed)), 1);
    } else {
        checkSeeds(1, seeds);
    }
}

TEST_CASE("the programs that have been found to be interesting keep them", "[model]") {
    std::size_t programs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(POLLEROS_TEST_CORPUS)) {
        INFO(entry.path());
        std::ifstream file(entry.path(), std::ios::binary);
        const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
        check(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
        ++programs;
    }
    CHECK(programs >= 5);
}

TEST_CASE("a program nobody has run before keeps them, too", "[model]") {
    checkSeeds(std::random_device{}(), 5);
}

} // namespace polleros_test
