// SPDX-License-Identifier: MIT
#include "support/death.hpp"

#include "support/fds.hpp"

#include <csignal>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace polleros_test {

bool canFork() {
    return true;
}

Death inChild(const std::function<void()>& code) {
    FdPair pipe = makePair(PairKind::pipe);
    const ::pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe.peer.get(), STDERR_FILENO);
        const ::rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        std::signal(SIGABRT, SIG_DFL); // Catch2 has a handler that would report the case a second time
        std::signal(SIGALRM, SIG_DFL);
        ::alarm(20); // the parent's watchdog does not reach here
        code();
        ::_exit(0);
    }
    pipe.peer.close();
    Death death;
    char bytes[512];
    do {
        static_cast<void>(pollFor(pipe.ours.get(), readable, -1));
        const ::ssize_t got = ::read(pipe.ours.get(), bytes, sizeof bytes);
        if (got == 0) {
            break;
        }
        death.said.append(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
    } while (true);
    int status = 0;
    ::waitpid(child, &status, 0);
    death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    death.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    death.aborted = death.signal == SIGABRT;
    return death;
}

void becomeShell(const std::string& script) {
    ::execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
}

} // namespace polleros_test
