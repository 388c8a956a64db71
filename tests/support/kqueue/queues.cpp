// SPDX-License-Identifier: MIT
#include "support/kqueue/queues.hpp"

#include <atomic>
#include <new>

#include <pthread.h>

namespace polleros_test::kq {
namespace {

constinit std::atomic<std::size_t> living{0};
::sigset_t beforeForking;

// All that can be blocked, but those by which a mistake of the model's own shows.
void blockSignals(::sigset_t& before) noexcept {
    ::sigset_t most;
    ::sigfillset(&most);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
        ::sigdelset(&most, signal);
    }
    ::pthread_sigmask(SIG_BLOCK, &most, &before);
}

} // namespace

Queues& Queues::all() noexcept {
    alignas(Queues) static unsigned char memory[sizeof(Queues)];
    static Queues& queues = *::new (memory) Queues;
    return queues;
}

bool Queues::any() noexcept {
    return living.load(std::memory_order_acquire) != 0;
}

void Queues::count() noexcept {
    living.store(queues_.size(), std::memory_order_release);
}

Queue* Queues::find(int fd) noexcept {
    const auto place = queues_.find(fd);
    return place != queues_.end() ? &place->second.queue : nullptr;
}

std::uint64_t Queues::idOf(int fd) noexcept {
    const auto place = queues_.find(fd);
    return place != queues_.end() ? place->second.id : 0;
}

int Queues::create() noexcept {
    static const int prepared =
        ::pthread_atfork(&Locked::beforeFork, [] { Locked::afterFork(false); }, [] { Locked::afterFork(true); });
    static_cast<void>(prepared);
    // Made under a number that no descriptor has, until its own is known.
    const auto place = queues_.try_emplace(-1, *this, ++lastId_).first;
    if (!place->second.queue) {
        const int error = errno;
        queues_.erase(place);
        errno = error;
        return -1;
    }
    const int fd = place->second.queue.fd();
    auto node = queues_.extract(place);
    node.key() = fd;
    queues_.insert(std::move(node));
    count();
    return fd;
}

void Queues::closing(int fd) noexcept {
    if (const auto place = queues_.find(fd); place != queues_.end()) {
        place->second.queue.releaseFd();
        queues_.erase(place);
        count();
    }
    for (auto& [number, owned] : queues_) {
        owned.queue.forget(fd);
        owned.queue.settle();
    }
}

void Queues::endInChild() noexcept {
    queues_.clear(); // closes all their descriptors here; the parent's stay
    count();
}

Locked::Locked() noexcept {
    blockSignals(outside_);
    Queues::all().mutex_.lock();
}

Locked::~Locked() {
    Queues::all().mutex_.unlock();
    ::pthread_sigmask(SIG_SETMASK, &outside_, nullptr);
}

void Locked::unlock() noexcept {
    Queues::all().mutex_.unlock();
}
void Locked::lockAgain() noexcept {
    Queues::all().mutex_.lock();
}

void Locked::beforeFork() noexcept {
    ::sigset_t before;
    blockSignals(before);
    Queues::all().mutex_.lock();
    beforeForking = before;
}

void Locked::afterFork(bool inChild) noexcept {
    if (inChild) {
        Queues::all().endInChild();
    }
    const ::sigset_t before = beforeForking;
    Queues::all().mutex_.unlock();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace polleros_test::kq
