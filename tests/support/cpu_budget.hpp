// SPDX-License-Identifier: MIT
// CpuBudget: a stretch of a test that mostly waits may use at most a fifth of its time on the CPU. Cases tagged
// [sleeps] are watched as a whole by main.cpp; this is for the sleeping part of a case that also works hard.
#pragma once

#include "support/catch.hpp"
#include "support/harness.hpp"

namespace polleros_test {

class CpuBudget {
public:
    CpuBudget() : wall_(std::chrono::steady_clock::now()), cpu_(cpuTime()) {}
    CpuBudget(const CpuBudget&) = delete;
    CpuBudget& operator=(const CpuBudget&) = delete;
    ~CpuBudget() {
        const std::string complaint = budgetExceeded(cpuTime() - cpu_, std::chrono::steady_clock::now() - wall_);
        if (!complaint.empty()) {
            FAIL_CHECK(complaint);
        }
    }

private:
    std::chrono::steady_clock::time_point wall_;
    std::chrono::nanoseconds cpu_;
};

} // namespace polleros_test
