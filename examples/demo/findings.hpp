// SPDX-License-Identifier: MIT
// What the clients found out about the server.
#pragma once

#include "latency.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace demo {

enum class Pace : std::uint8_t { fast, slow };                  ///< how a client reads
enum class Ending : std::uint8_t { halfClose, reset, silence }; ///< how it means to end
inline constexpr std::size_t paces = 2;
inline constexpr std::size_t endings = 3;

/// Connections of one kind.
struct Tally {
    std::uint64_t opened = 0;
    std::uint64_t endedAsMeant = 0;
};

/// Each client thread has its own; they are merged when it has ended.
struct Findings {
    std::array<std::array<Tally, endings>, paces> kinds{};
    Latency latency;      ///< of the fast readers' messages, from send() to the last byte back
    Latency firstLatency; ///< of the first one of each connection: being accepted is part of it
    std::uint64_t bytesSent = 0;
    std::uint64_t bytesBack = 0;
    std::uint64_t wrong = 0;      ///< pieces that were not what had been sent
    std::uint64_t lost = 0;       ///< bytes that had not come back when an orderly end came
    std::uint64_t early = 0;      ///< ends by deadline before the idle limit was over
    std::uint64_t unexpected = 0; ///< other ends and errors
    std::string firstUnexpected;
    std::chrono::nanoseconds longestStall{}; ///< that a client thread came late by, for want of a processor
    std::chrono::nanoseconds shortestSilence = (std::chrono::nanoseconds::max)();
    std::chrono::nanoseconds longestSilence{}; ///< of fast readers: slow ones still read when they have said all

    [[nodiscard]] Tally& of(Pace pace, Ending ending) {
        return kinds[static_cast<std::size_t>(pace)][static_cast<std::size_t>(ending)];
    }
    [[nodiscard]] const Tally& of(Pace pace, Ending ending) const {
        return kinds[static_cast<std::size_t>(pace)][static_cast<std::size_t>(ending)];
    }

    void merge(const Findings& other) {
        for (std::size_t pace = 0; pace < paces; ++pace) {
            for (std::size_t ending = 0; ending < endings; ++ending) {
                kinds[pace][ending].opened += other.kinds[pace][ending].opened;
                kinds[pace][ending].endedAsMeant += other.kinds[pace][ending].endedAsMeant;
            }
        }
        latency.merge(other.latency);
        firstLatency.merge(other.firstLatency);
        bytesSent += other.bytesSent;
        bytesBack += other.bytesBack;
        wrong += other.wrong;
        lost += other.lost;
        early += other.early;
        unexpected += other.unexpected;
        if (firstUnexpected.empty()) {
            firstUnexpected = other.firstUnexpected;
        }
        shortestSilence = std::min(shortestSilence, other.shortestSilence);
        longestSilence = std::max(longestSilence, other.longestSilence);
        longestStall = std::max(longestStall, other.longestStall);
    }
};

} // namespace demo
