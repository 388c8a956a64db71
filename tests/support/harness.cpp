// SPDX-License-Identifier: MIT
#include "support/harness.hpp"

#include "support/backends.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace polleros_test {
namespace {

std::string& caseName() {
    static std::string name;
    return name;
}

unsigned violated = 0;

} // namespace

void beginCase(const std::string& name) {
    caseName() = name;
}

const std::string& currentCase() {
    return caseName();
}

void violate(const std::string& what) {
    ++violated;
    std::fprintf(stderr, "FAILED: \"%s\" %s\n", caseName().c_str(), what.c_str());
}

unsigned violations() {
    return violated;
}

bool isTranslated() {
    static const bool translated = [] {
        std::ifstream file("/proc/self/comm");
        std::string name;
        return std::getline(file, name) && (name.rfind("qemu-", 0) == 0 || name.rfind("memcheck-", 0) == 0);
    }();
    return translated;
}

std::string budgetExceeded(std::chrono::nanoseconds cpu, std::chrono::nanoseconds wall) {
    const int slower = isTranslated() ? 10 : sanitized ? 3 : Kernel::slowness; // zig sanitizes what is for debugging
    const auto noise = slower * std::chrono::milliseconds(20);
    const int fifths = std::min(slower, 3); // of the time: who spins uses nearly all of it
    if (cpu <= noise || cpu * 5 <= wall * fifths) {
        return {};
    }
    const auto milliseconds = [](std::chrono::nanoseconds time) {
        return std::to_string(time.count() / 1'000'000) + " ms";
    };
    return "used " + milliseconds(cpu) + " of CPU in " + milliseconds(wall) + ": it spins";
}

} // namespace polleros_test
