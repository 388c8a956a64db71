// SPDX-License-Identifier: MIT
#include "support/gate.hpp"

#include "support/harness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <tuple>

namespace polleros_test {
namespace {

using Gate = std::tuple<std::string, std::string, std::string>;

std::set<Gate>& gates() {
    static std::set<Gate> all;
    return all;
}

} // namespace

void recordGate(std::string_view backend, std::string_view reason) {
    gates().emplace(currentCase(), backend, reason);
}

std::string gateReason(const std::string& caseName) {
    const auto found =
        std::find_if(gates().begin(), gates().end(), [&](const Gate& gate) { return std::get<0>(gate) == caseName; });
    return found != gates().end() ? std::get<2>(*found) : std::string();
}

void printGates() {
    if (gates().empty()) {
        return;
    }
    std::printf("skipped, case x backend x reason:\n");
    for (const auto& [name, backend, reason] : gates()) {
        std::printf("  %s | %s | %s\n", name.c_str(), backend.c_str(), reason.c_str());
    }
    if (const char* const path = std::getenv("POLLEROS_GATE_FILE")) {
        std::ofstream file(path, std::ios::app);
        for (const auto& [name, backend, reason] : gates()) {
            file << name + '\t' + backend + '\t' + reason + '\n';
        }
    }
}

} // namespace polleros_test
