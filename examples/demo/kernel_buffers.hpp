// SPDX-License-Identifier: MIT
// How much of what is sent may be in the kernel.
#pragma once

namespace demo {

/// Left alone, kernels let a send buffer grow to megabytes. Then it is they who hold back a fast writer, long before a
/// watermark does; and as they say that they take more only when a good part is free, they may be silent about a slow
/// reader for longer than the idle limit.
inline constexpr int sendBuffer = 32 * 1024;

} // namespace demo
