// SPDX-License-Identifier: MIT
// Runs code in a forked child and tells how that ended: for assertions, which abort, and for what a child inherits.
// Where no process can be forked, doing so is a gate.
#pragma once

#include "support/catch.hpp"

#include <polleros/config.hpp>

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

namespace polleros_test {

struct Death {
    int signal = 0;       // that ended the child, or 0
    int status = 0;       // its exit status otherwise; 0 when the code returned
    bool aborted = false; // by an assertion
    std::string said;     // on stderr
};

[[nodiscard]] bool canFork();

// The code's own exit is by return or by std::_Exit(); the child runs no destructors of what was there before.
[[nodiscard]] Death inChild(const std::function<void()>& code);

// Becomes a shell that runs the script. Only in a child.
[[noreturn]] void becomeShell(const std::string& script);

// Checks that the code breaks a contract and that the assertion says so with these words. Only audited builds assert.
template <class Code>
void checkAsserts(const std::string& words, Code&& code) {
    if (polleros::audited && canFork()) {
        const Death death = inChild(std::forward<Code>(code));
        CHECK(death.aborted);
        CHECK_THAT(death.said, Catch::Matchers::ContainsSubstring(words));
    } else {
        SUCCEED("not audited, or nobody can be forked to die of it: " + words);
    }
}

} // namespace polleros_test
