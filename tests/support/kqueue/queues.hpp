// SPDX-License-Identifier: MIT
// The queues of the process, by their descriptors, and the lock over all that the model knows.
#pragma once

#include "support/kqueue/queue.hpp"

#include <csignal>
#include <mutex>

namespace polleros_test::kq {

class Queues final : public Neighbours {
public:
    // There is one, and it is never destroyed: descriptors are closed after main(), too.
    [[nodiscard]] static Queues& all() noexcept;
    // Whether there has ever been a queue that is not closed; without the lock.
    [[nodiscard]] static bool any() noexcept;

    [[nodiscard]] Queue* find(int fd) noexcept override;
    [[nodiscard]] const Behaviour& behaviour() const noexcept override { return behaviour_; }
    void setBehaviour(const Behaviour& behaviour) noexcept { behaviour_ = behaviour; }

    // Its descriptor, or -1 and errno.
    [[nodiscard]] int create() noexcept;
    // Tells one queue from another that had its number.
    [[nodiscard]] std::uint64_t idOf(int fd) noexcept;

    // The number is about to be closed: the knotes about it end, and the queue, if it is one.
    void closing(int fd) noexcept;
    // This is a child: it has none of the queues.
    void endInChild() noexcept;

private:
    friend class Locked;
    struct Owned {
        explicit Owned(Neighbours& neighbours, std::uint64_t number) noexcept : queue(neighbours), id(number) {}
        Queue queue;
        std::uint64_t id;
    };

    Queues() = default;
    void count() noexcept;

    std::mutex mutex_;
    Map<int, Owned> queues_;
    Behaviour behaviour_ = Behaviour::of(System::freebsd);
    std::uint64_t lastId_ = 0;
};

// Holds the lock, with this thread's signals blocked: a handler may call what needs the lock.
class Locked {
public:
    Locked() noexcept;
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
    ~Locked();

    // The signals that are blocked outside.
    [[nodiscard]] const ::sigset_t& outside() const noexcept { return outside_; }

    // For sleeping; signals stay blocked.
    void unlock() noexcept;
    void lockAgain() noexcept;

    // Over a fork: see Queues.
    static void beforeFork() noexcept;
    static void afterFork(bool inChild) noexcept;

private:
    ::sigset_t outside_;
};

} // namespace polleros_test::kq
