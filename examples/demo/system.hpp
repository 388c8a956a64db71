// SPDX-License-Identifier: MIT
// What the demo asks of the system beside sockets: descriptors, CPU time, what its codes mean. Each kind of system answers in a folder of
// its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>

namespace demo {

/// Raises the soft descriptor limit to `needed`, or as far as the hard one allows; returns what it is then. `needed` where
/// there is no limit.
[[nodiscard]] std::size_t raiseDescriptorLimit(std::size_t needed);

/// How many descriptors are open; on Windows, sockets.
[[nodiscard]] std::size_t openDescriptors();

[[nodiscard]] std::chrono::nanoseconds threadCpuTime();
[[nodiscard]] std::chrono::nanoseconds processCpuTime();

[[nodiscard]] bool outputIsTerminal();

/// Whether the peer has reset the connection.
[[nodiscard]] bool isReset(const std::error_code& error) noexcept;

/// While it lives, this process can open no more than about `spare` further descriptors.
class DescriptorShortage {
public:
    /// False where there is no limit that could be lowered. Then there is no shortage either.
    [[nodiscard]] static bool possible() noexcept;

    explicit DescriptorShortage(std::size_t spare);
    DescriptorShortage(const DescriptorShortage&) = delete;
    DescriptorShortage& operator=(const DescriptorShortage&) = delete;
    ~DescriptorShortage();

private:
    [[maybe_unused]] std::size_t before_ = 0;
};

} // namespace demo
