// SPDX-License-Identifier: MIT
// Copies a pipe to standard output until it ends: the loop that by_poller.cpp is measured against.
#include <cstddef>

#include <sys/epoll.h>
#include <unistd.h>

int main() {
    int ends[2];
    if (::pipe(ends) != 0 || ::write(ends[1], "hello\n", 6) != 6 || ::close(ends[1]) != 0) {
        return 1;
    }
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = ends[0];
    if (set < 0 || ::epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) != 0) {
        return 1;
    }
    for (bool open = true; open;) {
        ::epoll_event events[64];
        const int ready = ::epoll_wait(set, events, 64, 1000);
        if (ready <= 0) {
            return 1;
        }
        for (int i = 0; i < ready; ++i) {
            char text[64];
            const auto got = ::read(events[i].data.fd, text, sizeof text);
            if (got <= 0) {
                open = false;
            } else if (::write(STDOUT_FILENO, text, static_cast<std::size_t>(got)) != got) {
                return 1;
            }
        }
    }
    return ::close(set);
}
