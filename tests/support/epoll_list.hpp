// SPDX-License-Identifier: MIT
// What an epoll set holds, as the kernel itself says.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace polleros_test {

// The events asked for, by token.
[[nodiscard]] inline std::multimap<std::uint64_t, std::uint32_t> epollList(int set) {
    std::multimap<std::uint64_t, std::uint32_t> entries;
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(set));
    for (std::string line; std::getline(info, line);) {
        std::istringstream words(line);
        std::string name;
        int number = 0;
        std::uint32_t events = 0;
        std::uint64_t token = 0;
        if (words >> name && name == "tfd:" && words >> number >> name >> std::hex >> events >> name >> token) {
            entries.emplace(token, events);
        }
    }
    return entries;
}

} // namespace polleros_test
