// SPDX-License-Identifier: MIT
// GATE(backend, reason): the only way for a case to be skipped. Every gate is remembered and printed when the run ends,
// as case x backend x reason; POLLEROS_GATE_FILE names a file that several executables append the same lines to,
// separated by tabs. A case that ends without a check and without a gate fails.
#pragma once

#include "support/catch.hpp"

#include <string>
#include <string_view>

namespace polleros_test {

// Notes that the running case is skipped on this backend.
void recordGate(std::string_view backend, std::string_view reason);
// Why the case was skipped, on one backend at least; empty if it has met no gate.
[[nodiscard]] std::string gateReason(const std::string& caseName);
// Prints the matrix to stdout, and appends it to the file if there is one.
void printGates();

} // namespace polleros_test

#define GATE(backend, reason)                                                                                          \
    do {                                                                                                               \
        ::polleros_test::recordGate(backend, reason);                                                                  \
        SKIP(reason);                                                                                                  \
    } while (false)
