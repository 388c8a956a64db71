// SPDX-License-Identifier: MIT
// Random programs on every backend beside the model, and those that have been found to be interesting. What fails is
// shrunk and printed; POLLEROS_PROGRAM in the environment repeats one program, POLLEROS_SEED one seed.
#include "seeds.hpp"

#include <random>

namespace polleros_test {
namespace {

#if defined(_WIN32)
constexpr unsigned seeds = 150; // Wine's every call asks its one server
#else
constexpr unsigned seeds = 600;
#endif

} // namespace

TEST_CASE("whatever a program does, every backend keeps the same promises", "[model]") {
    checkSeedsOrWanted(seeds);
}

TEST_CASE("the programs that have been found to be interesting keep them", "[model]") {
    checkCorpus(POLLEROS_TEST_CORPUS);
}

TEST_CASE("a program nobody has run before keeps them, too", "[model]") {
    checkSeeds(std::random_device{}(), 5);
}

} // namespace polleros_test
