// SPDX-License-Identifier: MIT
// One kqueue: its knotes, those of them that are active, and what of Linux tells when one may have become so.
//
// Linux's epoll is asked for edges only: "something happened at this descriptor in this direction". Whether that is an
// event, and when it is over, the model judges: Descriptor. An epoll set has room for a descriptor once, so each filter
// has a set of its own; that of READ is the queue's own descriptor, so that queues can be nested as deeply as epoll sets
// can. An eventfd in it, the bell, is readable while there are active knotes.
//
// Threads: used under the model's lock only.
#pragma once

#include "support/kqueue/behaviour.hpp"
#include "support/kqueue/descriptor.hpp"
#include "support/kqueue/entry.hpp"
#include "support/kqueue/linux.hpp"
#include "support/kqueue/memory.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace polleros_test::kq {

class Queue;

struct Knote {
    Entry registered;       // what it was last asked for; `flags` stay those of the change that made it
    bool disabled = false;  // its events wait for an ENABLE
    bool active = false;    // its condition was true when somebody looked
    bool triggered = false; // USER
    std::int64_t reportedProgress = -1;
    Knote* previous = nullptr; // in the order of activation; null: not in it
    Knote* next = nullptr;
};

// First in, first out.
class ActiveKnotes {
public:
    ActiveKnotes() noexcept { ends_.previous = ends_.next = &ends_; }
    ActiveKnotes(const ActiveKnotes&) = delete;
    ActiveKnotes& operator=(const ActiveKnotes&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] Knote& front() noexcept { return *ends_.next; }
    void append(Knote& knote) noexcept;
    void remove(Knote& knote) noexcept;

private:
    Knote ends_;
    std::size_t size_ = 0;
};

// The queues of the process, as far as a queue must know of the others.
class Neighbours {
public:
    [[nodiscard]] virtual Queue* find(int fd) noexcept = 0;
    [[nodiscard]] virtual const Behaviour& behaviour() const noexcept = 0;

protected:
    ~Neighbours() = default;
};

class Queue {
public:
    // Check it: false if there were no descriptors for it, and errno.
    explicit Queue(Neighbours& neighbours) noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return edges_[0] && bell_; }
    [[nodiscard]] int fd() const noexcept { return edges_[0].get(); }
    // Its descriptor is somebody else's to close from now on.
    void releaseFd() noexcept { edges_[0].release(); }

    // 0 or an error.
    [[nodiscard]] int apply(const Entry& change) noexcept;
    // Puts what is active into the list, each knote once at most.
    void harvest(Lists& lists) noexcept;
    // Takes notice of what has happened since the last time.
    void notice() noexcept;
    // Makes the descriptor as readable as the queue is.
    void settle() noexcept;

    // The number is about to be closed.
    void forget(int fd) noexcept;

    [[nodiscard]] std::size_t activeKnotes() const noexcept { return active_.size(); }
    [[nodiscard]] std::size_t registered() const noexcept;

private:
    // A descriptor with knotes.
    struct Watched {
        explicit Watched(int fd, std::uint32_t birth) noexcept : what(fd), generation(birth) {}

        Descriptor what;
        std::uint32_t generation; // tells its edges from those of an earlier owner of the number
        std::array<std::optional<Knote>, descriptorFilters> knotes;
    };

    [[nodiscard]] int applyToDescriptor(const Entry& change) noexcept;
    [[nodiscard]] int applyToUser(const Entry& change) noexcept;
    [[nodiscard]] int attach(int fd, const Entry& change) noexcept;
    [[nodiscard]] int watch(int fd, Watched& watched, Filter filter) noexcept;
    void modify(Knote& knote, const Entry& change) noexcept;
    void touchUser(Knote& knote, const Entry& change) noexcept;
    void enable(Knote& knote, const Entry& change) noexcept;
    void remove(Knote& knote) noexcept;
    void unwatch(int fd, Watched& watched, Filter filter) noexcept;

    [[nodiscard]] Condition look(const Knote& knote) noexcept;
    void lookAgain(Knote& knote) noexcept;
    void activate(Knote& knote) noexcept;
    void deactivate(Knote& knote) noexcept;
    void noticeEdge(std::uint64_t tag, Filter filter) noexcept;
    void noticeEdges(Filter filter) noexcept;
    [[nodiscard]] Entry eventOf(const Knote& knote, const Condition& condition) const noexcept;
    void afterReport(Knote& knote, const Condition& condition) noexcept;

    Neighbours& neighbours_;
    std::array<Hidden, descriptorFilters> edges_; // an epoll set for each filter; the first is the queue's descriptor
    Hidden bell_;
    bool rung_ = false;
    bool moreActive_ = false; // than when the bell was rung
    std::uint32_t lastGeneration_ = 0;
    Map<int, Watched> watched_;
    Map<std::uintptr_t, Knote> users_;
    ActiveKnotes active_;
};

} // namespace polleros_test::kq
