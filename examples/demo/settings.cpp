// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace demo {
namespace {

[[noreturn]] void explain(const char* program) {
    std::fprintf(stderr, "usage: %s [--seconds N] [--connections N]   (1 to 3600, 1 to 100000)\n", program);
    std::exit(2);
}

/// The number that `text` is, or 0 if it is none between 1 and `most`.
std::size_t numberIn(std::string_view text, std::size_t most) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && number <= most ? number : 0;
}

} // namespace

Settings settingsFrom(int count, char** arguments) {
    Settings settings;
    for (int index = 1; index < count; index += 2) {
        const std::string_view name = arguments[index];
        const std::string_view value = index + 1 < count ? arguments[index + 1] : "";
        if (const std::size_t seconds = numberIn(value, 3600); name == "--seconds" && seconds != 0) {
            settings.seconds = std::chrono::seconds(seconds);
        } else if (const std::size_t wanted = numberIn(value, 100'000); name == "--connections" && wanted != 0) {
            settings.connections = wanted;
        } else {
            explain(arguments[0]);
        }
    }
    return settings;
}

} // namespace demo
