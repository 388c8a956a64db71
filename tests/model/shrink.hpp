// SPDX-License-Identifier: MIT
// Makes a failing program small: delta debugging of its operations, then of their bytes.
#pragma once

#include "lockstep.hpp"

#include <algorithm>
#include <chrono>

namespace polleros_test {

// What a failure is about, without who and when.
[[nodiscard]] inline std::string promiseOf(const Failure& failure) {
    const auto start = failure.what.find(": ");
    return start == std::string::npos ? failure.what
                                      : failure.what.substr(start, failure.what.find(':', start + 2) - start);
}

class Shrinker {
public:
    Shrinker(Program program, const Failure& failure, MakeLanes lanes = pollerLanes)
        : smallest_(std::move(program)), promise_(promiseOf(failure)), lanes_(lanes) {
        removeOperations();
        simplify();
        removeOperations();
    }

    [[nodiscard]] const Program& smallest() const { return smallest_; }

private:
    bool take(const Program& candidate) {
        if (runs_ == 0 || std::chrono::steady_clock::now() > end_) {
            return false;
        }
        --runs_;
        const std::optional<Failure> failure = run(candidate, lanes_);
        const bool same = failure && promiseOf(*failure) == promise_;
        if (same) {
            smallest_ = candidate;
        }
        return same;
    }
    void removeOperations() {
        for (std::size_t size = std::max<std::size_t>(smallest_.operations.size() / 2, 1); size != 0; size /= 2) {
            for (std::size_t at = 0; at < smallest_.operations.size();) {
                Program candidate = smallest_;
                const auto first = candidate.operations.begin() + static_cast<std::ptrdiff_t>(at);
                const auto room = candidate.operations.end() - first;
                candidate.operations.erase(first, first + std::min(room, static_cast<std::ptrdiff_t>(size)));
                at += take(candidate) ? 0 : size;
            }
        }
    }
    void simplify() {
        for (const unsigned kept : {0U, 3U}) {
            Program candidate = smallest_;
            candidate.header = static_cast<std::uint8_t>(candidate.header & kept);
            if (candidate.header != smallest_.header && take(candidate)) {
                break;
            }
        }
        for (std::size_t at = 0; at < smallest_.operations.size(); ++at) {
            for (std::uint8_t Operation::* const byte : {&Operation::who, &Operation::what}) {
                Program candidate = smallest_;
                if (std::exchange(candidate.operations[at].*byte, std::uint8_t{0}) != 0) {
                    take(candidate);
                }
            }
        }
    }

    Program smallest_;
    std::string promise_;
    MakeLanes lanes_;
    int runs_ = 3000;
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + std::chrono::seconds(20);
};

// A failure as somebody reads it, and repeats it.
[[nodiscard]] inline std::string describe(const Program& program, MakeLanes lanes = pollerLanes) {
    std::ostringstream out;
    const std::optional<Failure> failure = run(program, lanes);
    out << (failure ? failure->what : "nothing is broken") << "\nmaxEvents " << program.maxEvents() << ", system "
        << program.system() << '\n';
    for (std::size_t step = 0; step < program.operations.size(); ++step) {
        const Operation& operation = program.operations[step];
        out << (failure && failure->step == step ? "> " : "  ") << nameOf(operation.op) << ' ' << int{operation.who}
            << ' ' << int{operation.what} << '\n';
    }
    out << "POLLEROS_PROGRAM=" << hex(encode(program)) << '\n';
    return out.str();
}

} // namespace polleros_test
