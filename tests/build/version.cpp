// SPDX-License-Identifier: MIT
// The header and CMake's project() name the same version.
#include <polleros/version.hpp>

static_assert(POLLEROS_VERSION_MAJOR == EXPECTED_MAJOR);
static_assert(POLLEROS_VERSION_MINOR == EXPECTED_MINOR);
static_assert(POLLEROS_VERSION_PATCH == EXPECTED_PATCH);

int main() {}
