// SPDX-License-Identifier: MIT
// The same random programs, run by those that stand on a poller.
#include "facade_lanes.hpp"
#include "seeds.hpp"

#include <random>

namespace polleros_test {
namespace {

#if defined(_WIN32)
constexpr unsigned facadeSeeds = 50; // Wine's every call asks its one server
#else
constexpr unsigned facadeSeeds = 200;
#endif

} // namespace

TEST_CASE("whatever a program does, the facades keep the promises, too", "[model]") {
    checkSeedsOrWanted(facadeSeeds, facadeLanes);
}

TEST_CASE("the programs that have been found to be interesting keep those of the facades, too", "[model]") {
    checkCorpus(POLLEROS_TEST_CORPUS, facadeLanes);
}

TEST_CASE("a program nobody has run before keeps those of the facades, too", "[model]") {
    checkSeeds(std::random_device{}(), 5, facadeLanes);
}

} // namespace polleros_test
