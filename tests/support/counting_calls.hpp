// SPDX-License-Identifier: MIT
// System calls that are counted: a policy for the seam in detail/os_calls.hpp, as in `backend::BasicEpoll<CountingCalls>`.
// Every attempt counts, also one that a policy below makes fail. All counts are of the process, from any thread.
#pragma once

#include "support/hooked_calls.hpp"

#include <array>
#include <atomic>
#include <cstddef>

namespace polleros_test {

// One for each set of calls that is counted.
template <class Counted>
class Counter {
public:
    template <class Result, class Real>
    static Result run(Call call, polleros::NativeHandle /*handle*/, Real real, EventBuffer /*buffer*/) noexcept {
        counters_[static_cast<std::size_t>(call)].fetch_add(1, std::memory_order_relaxed);
        return real();
    }

    [[nodiscard]] static CallCounts counts() noexcept {
        CallCounts result;
        for (std::size_t kind = 0; kind < callKinds; ++kind) {
            result.of[kind] = counters_[kind].load(std::memory_order_relaxed);
        }
        return result;
    }

private:
    static inline std::array<std::atomic<std::size_t>, callKinds> counters_{};
};

// Those with the same `Counted` are counted together.
template <class Base = SystemCalls, class Counted = Base>
struct BasicCountingCalls : HookedCalls<Counter<Counted>, Base> {
    [[nodiscard]] static CallCounts counts() noexcept { return Counter<Counted>::counts(); }
};

using CountingCalls = BasicCountingCalls<>;

} // namespace polleros_test
