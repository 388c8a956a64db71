// SPDX-License-Identifier: MIT
// Copies a pipe to standard output until it ends: the loop that by_poller.cpp is measured against. It uses of the C++
// library what such a loop would, and what the poller uses too: the heap, error codes and a clock. Statically linked they
// are many times the size of either, and are in the program once.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <system_error>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

namespace {

std::error_code lastError() {
    return {errno, std::system_category()};
}

} // namespace

int main() {
    int ends[2];
    if (::pipe(ends) != 0 || ::write(ends[1], "hello\n", 6) != 6 || ::close(ends[1]) != 0) {
        return 1;
    }
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> open;
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = ends[0];
    if (set < 0 || ::epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) != 0) {
        return lastError() == std::errc::not_enough_memory ? 2 : 1;
    }
    open.push_back(ends[0]);
    while (!open.empty()) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        ::epoll_event events[64];
        int ready = 0;
        do {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            ready = ::epoll_wait(set, events, 64, static_cast<int>(std::max<long long>(left.count(), 0)));
        } while (ready < 0 && lastError() == std::errc::interrupted);
        if (ready <= 0) {
            return 1;
        }
        for (int i = 0; i < ready; ++i) {
            char text[64];
            const auto got = ::read(events[i].data.fd, text, sizeof text);
            if (got <= 0) {
                ::epoll_ctl(set, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
                std::erase(open, events[i].data.fd);
            } else if (::write(STDOUT_FILENO, text, static_cast<std::size_t>(got)) != got) {
                return 1;
            }
        }
    }
    return ::close(set);
}
