// SPDX-License-Identifier: MIT
#include "support/kqueue/model.hpp"

#include "support/kqueue/faults.hpp"
#include "support/kqueue/queues.hpp"

#include <cerrno>
#include <cstdint>

#include <poll.h>

namespace polleros_test {
namespace {

using kq::Locked;
using kq::Queues;

constexpr std::int64_t billion = 1'000'000'000;

std::int64_t now() noexcept {
    ::timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * billion + time.tv_nsec;
}

// When a wait is over.
class Deadline {
public:
    // The limit must be a good one.
    Deadline(const ::timespec* limit, const Behaviour& behaviour) noexcept
        : never_(limit == nullptr || limit->tv_sec > INT32_MAX) {
        if (!never_ && (limit->tv_sec != 0 || limit->tv_nsec != 0)) {
            std::int64_t length = limit->tv_sec * billion + limit->tv_nsec;
            if (const std::int64_t tick = behaviour.tick.count(); tick != 0) {
                length = ((length + tick - 1) / tick + 1) * tick;
            }
            end_ = now() + length;
        }
    }

    // What is left, at least nothing; null for ever.
    [[nodiscard]] const ::timespec* left(::timespec& memory) const noexcept {
        const std::int64_t length = isOver() ? 0 : end_ - now();
        memory.tv_sec = static_cast<decltype(memory.tv_sec)>(length > 0 ? length / billion : 0);
        memory.tv_nsec = static_cast<decltype(memory.tv_nsec)>(length > 0 ? length % billion : 0);
        return never_ ? nullptr : &memory;
    }
    [[nodiscard]] bool isImmediate() const noexcept { return !never_ && end_ == 0; }
    [[nodiscard]] bool isOver() const noexcept { return !never_ && now() >= end_; }

private:
    bool never_;
    std::int64_t end_ = 0; // 0: at once
};

bool isBad(const ::timespec* limit, const Behaviour& behaviour) noexcept {
    return limit != nullptr && (limit->tv_sec < 0 || limit->tv_nsec < 0 || limit->tv_nsec >= billion ||
                                (behaviour.refusesLongLimits && limit->tv_sec > INT32_MAX));
}

constexpr int stopped = -1;

// Each change in order. What fails, or wants a receipt, goes into the list if there is room; else it is the last one
// that is made. The error of the call; or 0, or `stopped`, with which the call ends and tells of nothing.
int applyChanges(kq::Queue& queue, kq::Lists& lists, const Behaviour& behaviour) noexcept {
    for (std::size_t index = 0; index < lists.changes(); ++index) {
        kq::Entry entry = lists.change(index);
        const int fault = ChangeFaults::of(entry);
        const int error = fault != 0 ? fault : queue.apply(entry);
        const bool receipt = (entry.flags & kq::evReceipt) != 0;
        if (!lists.full() && (error != 0 || receipt)) {
            entry.flags = (entry.flags & behaviour.keptFlags) | kq::evError;
            entry.data = error;
            lists.put(entry);
        } else if (error != 0) {
            return error;
        } else if (receipt && behaviour.receiptNeedsRoom) {
            return stopped;
        }
    }
    return 0;
}

// Until the queue's descriptor is readable or the time is over; false if a signal came first.
bool sleep(int fd, const Deadline& deadline, Locked& locked) noexcept {
    if (InterruptedSleeps::takeOne()) {
        return false;
    }
    ::timespec memory{};
    ::pollfd sleeper{fd, POLLIN, 0};
    const ::timespec* const left = deadline.left(memory);
    locked.unlock();
    const bool interrupted = ::ppoll(&sleeper, 1, left, &locked.outside()) == -1 && errno == EINTR;
    locked.lockAgain();
    return !interrupted;
}

int fail(int error) noexcept {
    errno = error;
    return -1;
}

} // namespace

void KqueueModel::behave(const Behaviour& behaviour) noexcept {
    const Locked locked;
    Queues::all().setBehaviour(behaviour);
}

Behaviour KqueueModel::behaviour() noexcept {
    const Locked locked;
    return Queues::all().behaviour();
}

bool KqueueModel::possible() noexcept {
    return kq::Descriptor::canBeTold();
}

int KqueueModel::kqueue() noexcept {
    const Locked locked;
    return Queues::all().create();
}

std::optional<std::size_t> KqueueModel::registered(int queue) noexcept {
    const Locked locked;
    const kq::Queue* const found = Queues::all().find(queue);
    return found != nullptr ? std::optional(found->registered()) : std::nullopt;
}

int KqueueModel::kevent(int fd, kq::Lists& lists, const ::timespec* limit) noexcept {
    const int before = errno;
    Locked locked;
    Queues& queues = Queues::all();
    kq::Queue* queue = queues.find(fd);
    if (queue == nullptr) {
        return fail(EBADF);
    }
    const Behaviour& behaviour = queues.behaviour();
    if (behaviour.limitComesFirst && isBad(limit, behaviour)) {
        return fail(EINVAL);
    }
    const int error = applyChanges(*queue, lists, behaviour);
    queue->notice(); // so that nothing but true events makes the descriptor readable
    if (error == stopped) {
        queue->settle();
        errno = before;
        return 0;
    }
    if (error != 0 || (!lists.full() && lists.filled() == 0 && isBad(limit, behaviour))) {
        queue->settle();
        return fail(error != 0 ? error : EINVAL);
    }
    const auto done = [&] {
        queue->settle();
        errno = before;
        return static_cast<int>(lists.filled());
    };
    if (lists.filled() != 0 || lists.full()) {
        return done();
    }

    const std::uint64_t id = queues.idOf(fd);
    const Deadline deadline(limit, behaviour);
    for (;;) {
        queue->harvest(lists);
        if (lists.filled() != 0 || deadline.isImmediate()) {
            return done();
        }
        if (deadline.isOver()) {
            const int result = done();
            return behaviour.errorOfTimeout != 0 ? fail(behaviour.errorOfTimeout) : result;
        }
        queue->settle();
        if (!sleep(fd, deadline, locked)) {
            return fail(EINTR);
        }
        queue = queues.find(fd);
        if (queue == nullptr || queues.idOf(fd) != id) {
            return fail(EBADF);
        }
        queue->notice();
    }
}

} // namespace polleros_test
