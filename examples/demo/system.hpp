// SPDX-License-Identifier: MIT
// What the demo asks of a POSIX system beside sockets: descriptors and CPU time.
#pragma once

#include <chrono>
#include <cstddef>

namespace demo {

/// Raises the soft descriptor limit to `needed`, or as far as the hard one allows; returns what it is then.
[[nodiscard]] std::size_t raiseDescriptorLimit(std::size_t needed);

/// How many descriptors are open.
[[nodiscard]] std::size_t openDescriptors();

[[nodiscard]] std::chrono::nanoseconds threadCpuTime();
[[nodiscard]] std::chrono::nanoseconds processCpuTime();

[[nodiscard]] bool outputIsTerminal();

/// While it lives, this process can open no more than about `spare` further descriptors.
class DescriptorShortage {
public:
    explicit DescriptorShortage(std::size_t spare);
    DescriptorShortage(const DescriptorShortage&) = delete;
    DescriptorShortage& operator=(const DescriptorShortage&) = delete;
    ~DescriptorShortage();

private:
    std::size_t before_;
};

} // namespace demo
