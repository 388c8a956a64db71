// SPDX-License-Identifier: MIT
// expect: polleros: backend::[A-Z][a-z]+ needs
// errors: 1
// Naming a backend that this system does not have is one line, not a page.
#include <polleros/backend/epoll.hpp>
#include <polleros/backend/kqueue.hpp>
#include <polleros/polleros.hpp>

#ifndef MUST_NOT_COMPILE
using Chosen = polleros::backend::Native;
#elif POLLEROS_HAS_KQUEUE
using Chosen = polleros::backend::Epoll;
#else
using Chosen = polleros::backend::Kqueue;
#endif

int main() {
    polleros::Poller<Chosen> poller;
    polleros::Waker waker = poller.waker();
    poller.waitTriggers(polleros::Timeout::immediately());
}
