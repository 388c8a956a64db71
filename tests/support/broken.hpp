// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace polleros_test {

// A promise that was not kept, where what was done has to be told with it, or done again with less.
struct Broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace polleros_test
