// SPDX-License-Identifier: MIT
// What a kernel may do and rarely does. A call that fails as a whole is for the policy above, FaultyCalls; these need the
// kernel: one change of a list fails and the others are made, and a sleep is interrupted with its changes made.
//
//     const ChangeFaults faults({{.filter = kq::Filter::write, .flags = kq::evAdd, .nth = 2, .error = ENOMEM}});
#pragma once

#include "support/kqueue/entry.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>

namespace polleros_test {

struct ChangeFault {
    static constexpr std::size_t forEver = static_cast<std::size_t>(-1);

    std::optional<std::uintptr_t> ident = {}; // only changes about this one; none: about any
    std::optional<kq::Filter> filter = {};
    std::uint32_t flags = 0; // only changes that have all of these
    std::size_t nth = 1;     // the first of the matching changes that is hit, counted from 1
    std::size_t times = 1;   // how many in a row are hit
    int error = 0;           // the change is not made, and fails with this

    std::size_t seen = 0; // matching changes so far
    std::size_t hits = 0; // how many of them were hit
};

// Of all queues; for as long as it lives. One at a time.
class ChangeFaults {
public:
    static constexpr std::size_t most = 8;

    explicit ChangeFaults(std::initializer_list<ChangeFault> faults) noexcept;
    ChangeFaults(const ChangeFaults&) = delete;
    ChangeFaults& operator=(const ChangeFaults&) = delete;
    ~ChangeFaults();

    // How many changes the faults have hit, or one of them has.
    [[nodiscard]] std::size_t hits() const noexcept;
    [[nodiscard]] std::size_t hits(std::size_t index) const noexcept;

    // For the model, under its lock: the error of the fault that hits this change, or 0.
    [[nodiscard]] static int of(const kq::Entry& change) noexcept;

private:
    std::array<ChangeFault, most> faults_;
    std::size_t count_;
    static inline constinit ChangeFaults* current = nullptr;
};

// The next so many calls that would sleep return EINTR instead.
class InterruptedSleeps {
public:
    explicit InterruptedSleeps(std::size_t count) noexcept;
    InterruptedSleeps(const InterruptedSleeps&) = delete;
    InterruptedSleeps& operator=(const InterruptedSleeps&) = delete;
    ~InterruptedSleeps();

    [[nodiscard]] std::size_t left() const noexcept;

    // For the model, under its lock: whether this one is interrupted.
    [[nodiscard]] static bool takeOne() noexcept;

private:
    static inline constinit std::size_t rest = 0;
};

} // namespace polleros_test
