// SPDX-License-Identifier: MIT
// Exhaustive interleaving of small step machines: stress does not see a wrong memory of a waker, enumeration does.
//
// A Model is a regular value: the shared state and the program counters of `threads` little programs. It has
//   - `bool enabled(std::size_t thread) const`: can this one take a step now (false: finished, or blocked);
//   - `void step(std::size_t thread)`: takes one atomic step;
//   - `bool finished() const`: all that must come to an end have;
//   - `std::string wrong() const`: which promise is broken in this state; empty for none;
//   - a key to recognise states by: `auto key() const`, ordered.
// Every reachable state is visited once, whatever the number of schedules that lead to it. A state in which nobody can
// take a step and not all have finished is a deadlock: a lost wake.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace polleros_test {

struct Interleavings {
    std::size_t states = 0;
    std::size_t ends = 0;              // states in which all have finished
    std::string wrong;                 // what the first broken state says of itself
    std::vector<std::size_t> schedule; // which thread took each step on the way there
};

template <class Model>
[[nodiscard]] Interleavings explore(const Model& initial, std::size_t threads, std::size_t mostStates = 20'000'000) {
    struct Node {
        Model model;
        std::size_t next = 0; // the thread to try next
    };
    Interleavings result;
    std::set<decltype(initial.key())> seen{initial.key()};
    std::vector<Node> path{{initial, 0}};
    const auto fail = [&](std::string what) {
        result.wrong = std::move(what);
        // Of every node on the path but the last, the thread tried last made the next one.
        for (std::size_t index = 0; index + 1 < path.size(); ++index) {
            result.schedule.push_back(path[index].next - 1);
        }
    };
    const auto inspect = [&](const Model& model) {
        ++result.states;
        bool stuck = true;
        for (std::size_t thread = 0; thread < threads; ++thread) {
            stuck = stuck && !model.enabled(thread);
        }
        std::string wrong = model.wrong();
        if (wrong.empty() && stuck && !model.finished()) {
            wrong = "deadlock: nobody can take a step";
        }
        result.ends += stuck && wrong.empty() ? 1U : 0U;
        return wrong;
    };
    if (std::string wrong = inspect(initial); !wrong.empty()) {
        fail(std::move(wrong));
        return result;
    }
    while (!path.empty()) {
        Node& node = path.back();
        if (node.next == threads) {
            path.pop_back();
            continue;
        }
        const std::size_t thread = node.next++;
        if (!node.model.enabled(thread)) {
            continue;
        }
        Model after = node.model;
        after.step(thread);
        if (!seen.insert(after.key()).second) {
            continue;
        }
        path.push_back({std::move(after), 0});
        if (std::string wrong = inspect(path.back().model); !wrong.empty()) {
            fail(std::move(wrong));
            return result;
        }
        if (result.states >= mostStates) {
            fail("too many states to see them all");
            return result;
        }
    }
    return result;
}

} // namespace polleros_test
