// SPDX-License-Identifier: MIT
// Prints the version it was compiled with, if a pipe that was written to becomes readable.
#include <polleros/polleros.hpp>

#include <cstdio>

#include <unistd.h>

int main() {
    int ends[2];
    if (::pipe(ends) != 0 || ::write(ends[1], "x", 1) != 1) {
        return 1;
    }
    polleros::Poller<polleros::backend::Native> poller;
    poller.attachChannel(polleros::SocketSource{ends[0], polleros::Trigger::notify});
    const auto result = poller.waitTriggers(std::chrono::seconds(5));
    if (!result.triggers.has(polleros::Trigger::notify)) {
        return 1;
    }
    std::printf("%d.%d.%d\n", POLLEROS_VERSION_MAJOR, POLLEROS_VERSION_MINOR, POLLEROS_VERSION_PATCH);
}
