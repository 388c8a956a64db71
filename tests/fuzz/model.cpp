// SPDX-License-Identifier: MIT
// The programs of tests/model, written by libFuzzer. A failure is printed shrunk, and ends the process.
#include "model/facade_lanes.hpp"
#include "model/shrink.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const polleros_test::Program program = polleros_test::decode({bytes, size});
    for (const polleros_test::MakeLanes lanes : {polleros_test::pollerLanes, polleros_test::facadeLanes}) {
        if (const auto failure = polleros_test::run(program, lanes)) {
            const polleros_test::Shrinker shrinker(program, *failure, lanes);
            std::fputs(polleros_test::describe(shrinker.smallest(), lanes).c_str(), stderr);
            std::abort();
        }
    }
    return 0;
}
