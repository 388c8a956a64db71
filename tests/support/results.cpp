// SPDX-License-Identifier: MIT
#include "support/results.hpp"

#include <cstdlib>
#include <fstream>

namespace polleros_test {
namespace {

std::string& lines() {
    static std::string all;
    return all;
}

} // namespace

void recordResult(const std::string& caseName, Outcome outcome, std::string_view reason) {
    // Catch2 names an instance of a template case "<case> - <type>".
    std::string name = caseName;
    std::string setting;
    const std::size_t dash = name.rfind(" - ");
    if (dash != std::string::npos && name.find(' ', dash + 3) == std::string::npos) {
        setting = name.substr(dash + 3);
        setting.erase(0, setting.rfind(':') + 1);
        name.erase(dash);
    }
    const char* const suite = std::getenv("POLLEROS_TEST_SUITE");
    lines() += suite != nullptr ? suite : "";
    lines() += '\t' + name + '\t' + setting + '\t';
    lines() += outcome == Outcome::passed ? "pass" : outcome == Outcome::skipped ? "skip" : "fail";
    lines() += '\t';
    lines() += reason;
    lines() += '\n';
}

void writeResults() {
    if (const char* const path = std::getenv("POLLEROS_RESULT_FILE")) {
        // Several processes append at a time: one write each.
        std::ofstream file;
        file.rdbuf()->pubsetbuf(nullptr, 0);
        file.open(path, std::ios::app);
        file.write(lines().data(), static_cast<std::streamsize>(lines().size()));
    }
}

} // namespace polleros_test
