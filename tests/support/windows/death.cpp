// SPDX-License-Identifier: MIT
#include "support/death.hpp"

#include "support/gate.hpp"

namespace polleros_test {

bool canFork() {
    return false;
}

Death inChild(const std::function<void()>& /*code*/) {
    GATE("every backend", "Windows cannot fork");
    return {};
}

void becomeShell(const std::string& /*script*/) {
    std::abort(); // only in a child
}

} // namespace polleros_test
