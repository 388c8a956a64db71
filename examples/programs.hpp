// SPDX-License-Identifier: MIT
// Other programs, for examples that talk to them.
#pragma once

#include "support.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

namespace example {

#if defined(_WIN32)

inline bool isInstalled(const std::string& program) {
    return std::system((program + " --version > NUL 2>&1").c_str()) == 0; // Wine has no `where` that can be trusted
}
inline std::FILE* start(const std::string& command) {
    return ::_popen(command.c_str(), "r");
}
inline bool end(std::FILE* output) {
    return ::_pclose(output) == 0;
}

#else

inline bool isInstalled(const std::string& program) {
    return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}
inline std::FILE* start(const std::string& command) {
    return ::popen(command.c_str(), "r");
}
inline bool end(std::FILE* output) {
    return ::pclose(output) == 0;
}

#endif

/// Runs a program, and returns what it said. None if it is not installed.
inline std::optional<std::string> run(const std::string& program, const std::string& arguments) {
    if (!isInstalled(program)) {
        std::cout << "skipped: " << program << " is not installed\n";
        return std::nullopt;
    }
    std::FILE* const output = start(program + ' ' + arguments + " 2>&1");
    expect(output != nullptr, "a program can be started");
    std::string said;
    for (int c = 0; (c = std::fgetc(output)) != EOF;) {
        said += static_cast<char>(c);
    }
    const bool ended = end(output);
    std::cout << program << ": " << said;
    expect(ended, "the program ends well");
    return said;
}

} // namespace example
