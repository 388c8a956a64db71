// SPDX-License-Identifier: MIT
// A poller belongs to one thread at a time; who forgets that is told in audited builds.
#include "support/catch.hpp"
#include "support/death.hpp"

#include <polleros/backend/native.hpp>
#include <polleros/poller.hpp>

#include <atomic>

#include <pthread.h>
#include <unistd.h>

using namespace polleros_test;
using namespace std::chrono_literals;

// (Not labelled for the thread sanitizer: what is done here is a race.)

TEST_CASE("a call while another thread waits in the same poller asserts") {
    checkAsserts("two threads use one poller", [] {
        static polleros::Poller<polleros::backend::Native> poller;
        const auto waits = [](void*) -> void* {
            poller.waitTriggers(2s);
            return nullptr;
        };
        ::pthread_t thread{};
        ::pthread_create(&thread, nullptr, waits, nullptr);
        ::usleep(100'000);
        poller.attachChannel(polleros::SocketSource(polleros::invalidHandle, {}));
    });
}

TEST_CASE("a touch from another thread while the owner waits asserts") {
    checkAsserts("two threads use one poller", [] {
        static polleros::Poller<polleros::backend::Native> poller;
        auto& channel = poller.attachChannel(polleros::SocketSource(polleros::invalidHandle, {}));
        const auto waits = [](void*) -> void* {
            poller.waitTriggers(2s);
            return nullptr;
        };
        ::pthread_t thread{};
        ::pthread_create(&thread, nullptr, waits, nullptr);
        ::usleep(100'000);
        channel.touch();
    });
}
