// SPDX-License-Identifier: MIT
// The programs of tests/model, written by libFuzzer. A failure is printed shrunk, and ends the process.
#include "model/shrink.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const polleros_test::Program program = polleros_test::decode({bytes, size});
    if (const auto failure = polleros_test::run(program)) {
        const polleros_test::Shrinker shrinker(program, *failure);
        std::fputs(polleros_test::describe(shrinker.smallest()).c_str(), stderr);
        std::abort();
    }
    return 0;
}
