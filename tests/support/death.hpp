// SPDX-License-Identifier: MIT
// Runs code in a forked child and tells how that ended: for assertions, which abort, and for what a child inherits.
#pragma once

#include "support/catch.hpp"
#include "support/fds.hpp"

#include <polleros/config.hpp>

#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace polleros_test {

struct Death {
    int signal = 0;   // that ended the child, or 0
    int status = 0;   // its exit status otherwise; 0 when the code returned
    std::string said; // on stderr

    [[nodiscard]] bool aborted() const { return signal == SIGABRT; }
};

// The code's own exit is by return or by _exit(); the child runs no destructors of what was there before.
template <class Code>
[[nodiscard]] Death inChild(Code&& code) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        std::abort();
    }
    Fd reader(ends[0]);
    Fd writer(ends[1]);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::dup2(writer.get(), STDERR_FILENO);
        const ::rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        std::signal(SIGABRT, SIG_DFL); // Catch2 has a handler that would report the case a second time
        ::alarm(20);                   // the parent's watchdog does not reach here
        std::forward<Code>(code)();
        ::_exit(0);
    }
    writer.close();
    Death death;
    char bytes[512];
    for (::ssize_t got = 0; (got = ::read(reader.get(), bytes, sizeof bytes)) > 0;) {
        death.said.append(bytes, static_cast<std::size_t>(got));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return death;
}

// Checks that the code breaks a contract and that the assertion says so with these words. Only audited builds assert.
template <class Code>
void checkAsserts(const std::string& words, Code&& code) {
    if constexpr (polleros::audited) {
        const Death death = inChild(std::forward<Code>(code));
        CHECK(death.aborted());
        CHECK_THAT(death.said, Catch::Matchers::ContainsSubstring(words));
    } else {
        static_cast<void>(code);
        SUCCEED("not audited: " + words);
    }
}

} // namespace polleros_test
