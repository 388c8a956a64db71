// SPDX-License-Identifier: MIT
// How every case ended, for the matrix of cases, backends and platforms. POLLEROS_RESULT_FILE names a file to which each
// run appends one line per case: suite, case, setting, pass / skip / fail, and the reason of a skip, separated by tabs.
// The setting is the type a template case ran with; cases of no template have none.
#pragma once

#include <string>
#include <string_view>

namespace polleros_test {

enum class Outcome { passed, skipped, failed };

// `reason`: of what was skipped.
void recordResult(const std::string& caseName, Outcome outcome, std::string_view reason);
// Appends what was recorded to the file, if there is one.
void writeResults();

} // namespace polleros_test
