// SPDX-License-Identifier: MIT
#include "support/kqueue/queue.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace polleros_test::kq {
namespace {

// Tags of what is in a queue's own set beside descriptors, whose tags have a generation in the upper half.
constexpr std::uint64_t bellTag = 0;
constexpr std::uint64_t firstSetTag = 1; // and the filter's index

constexpr std::array<std::uint32_t, descriptorFilters> edgesOf{EPOLLIN | EPOLLRDHUP, EPOLLOUT, EPOLLPRI};

constexpr std::size_t indexOf(Filter filter) noexcept {
    return static_cast<std::size_t>(filter);
}

int control(int set, int operation, int fd, std::uint32_t events, std::uint64_t tag) noexcept {
    ::epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    return ::epoll_ctl(set, operation, fd, &event);
}

bool isDescriptor(std::uintptr_t ident) noexcept {
    return ident <= 0x7FFF'FFFF && ::fcntl(static_cast<int>(ident), F_GETFD) != -1;
}

} // namespace

void ActiveKnotes::append(Knote& knote) noexcept {
    knote.previous = ends_.previous;
    knote.next = &ends_;
    ends_.previous->next = &knote;
    ends_.previous = &knote;
    ++size_;
}

void ActiveKnotes::remove(Knote& knote) noexcept {
    if (knote.next == nullptr) {
        return;
    }
    knote.previous->next = knote.next;
    knote.next->previous = knote.previous;
    knote.previous = knote.next = nullptr;
    --size_;
}

Queue::Queue(Neighbours& neighbours) noexcept : neighbours_(neighbours) {
    edges_[0] = Hidden(::epoll_create1(EPOLL_CLOEXEC));
    if (edges_[0]) {
        bell_ = Hidden(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)).movedAway();
    }
    if (bell_ && control(fd(), EPOLL_CTL_ADD, bell_.get(), EPOLLIN, bellTag) != 0) {
        bell_ = Hidden();
    }
}

std::size_t Queue::registered() const noexcept {
    std::size_t count = users_.size();
    for (const auto& [fd, watched] : watched_) {
        count += static_cast<std::size_t>(std::count_if(watched.knotes.begin(), watched.knotes.end(),
                                                        [](const auto& knote) { return knote.has_value(); }));
    }
    return count;
}

// --- changes

int Queue::apply(const Entry& change) noexcept {
    const Behaviour& behaviour = neighbours_.behaviour();
    if (change.filter == Filter::unknown) {
        return change.filterNumber == 0 && behaviour.skipsFilterZero ? 0 : EINVAL;
    }
    if (behaviour.refusesContradiction && (change.flags & evEnable) != 0 && (change.flags & evDisable) != 0) {
        return EINVAL;
    }
    if (change.filter == Filter::user) {
        return behaviour.userFilter ? applyToUser(change) : EINVAL;
    }
    return applyToDescriptor(change);
}

int Queue::applyToDescriptor(const Entry& change) noexcept {
    const bool adds = (change.flags & evAdd) != 0;
    if (!isDescriptor(change.ident)) {
        return adds ? EBADF : neighbours_.behaviour().changeOfClosed;
    }
    const int fd = static_cast<int>(change.ident);
    auto found = watched_.find(fd);
    if (found != watched_.end() && !found->second.what.isStill(fd)) {
        forget(fd);
        found = watched_.end();
    }
    if (found == watched_.end() || !found->second.knotes[indexOf(change.filter)]) {
        return adds ? attach(fd, change) : ENOENT;
    }
    Knote& knote = *found->second.knotes[indexOf(change.filter)];
    if ((change.flags & evDelete) != 0) {
        remove(knote);
    } else {
        modify(knote, change);
    }
    return 0;
}

int Queue::attach(int fd, const Entry& change) noexcept {
    if (fd == this->fd() || (neighbours_.find(fd) != nullptr && change.filter != Filter::read)) {
        return EINVAL;
    }
    const auto [place, fresh] = watched_.try_emplace(fd, fd, ++lastGeneration_);
    Watched& watched = place->second;
    int error = watched.what.refuses(fd, change.filter, neighbours_.behaviour());
    if (error == 0) {
        error = watch(fd, watched, change.filter);
    }
    if (error != 0) {
        if (fresh) {
            watched_.erase(place);
        }
        return error;
    }
    Knote& knote = watched.knotes[indexOf(change.filter)].emplace();
    knote.registered = change;
    knote.disabled = (change.flags & evDisable) != 0;
    lookAgain(knote);
    return 0;
}

int Queue::watch(int fd, Watched& watched, Filter filter) noexcept {
    const std::size_t index = indexOf(filter);
    if (!edges_[index]) {
        edges_[index] = Hidden(::epoll_create1(EPOLL_CLOEXEC)).movedAway();
        if (!edges_[index] ||
            control(this->fd(), EPOLL_CTL_ADD, edges_[index].get(), EPOLLIN, firstSetTag + index) != 0) {
            return ENOMEM;
        }
    }
    const std::uint64_t tag = std::uint64_t{watched.generation} << 32U | static_cast<std::uint32_t>(fd);
    const std::uint32_t events = edgesOf[index] | EPOLLET;
    if (control(edges_[index].get(), EPOLL_CTL_ADD, fd, events, tag) == 0 ||
        (errno == EEXIST && control(edges_[index].get(), EPOLL_CTL_MOD, fd, events, tag) == 0)) {
        return 0;
    }
    if (errno == EPERM) { // nothing that epoll could hear of
        return watched.what.isFile() || !neighbours_.behaviour().deviceRefused ? 0 : EINVAL;
    }
    return errno == ENOSPC ? ENOMEM : errno == ELOOP ? EINVAL : errno;
}

int Queue::applyToUser(const Entry& change) noexcept {
    const auto found = users_.find(change.ident);
    if (found == users_.end()) {
        if ((change.flags & evAdd) == 0) {
            return ENOENT;
        }
        Knote& knote = users_.try_emplace(change.ident).first->second;
        knote.registered = change;
        knote.registered.fflags &= noteFlags;
        knote.disabled = (change.flags & evDisable) != 0;
        knote.triggered = (change.fflags & noteTrigger) != 0 && neighbours_.behaviour().addCanTrigger;
        lookAgain(knote);
    } else if ((change.flags & evDelete) != 0) {
        remove(found->second);
    } else {
        modify(found->second, change);
    }
    return 0;
}

void Queue::modify(Knote& knote, const Entry& change) noexcept {
    const bool adds = (change.flags & evAdd) != 0;
    if (adds || !neighbours_.behaviour().onlyAddSetsUdata) {
        knote.registered.udata = change.udata;
    }
    if (change.filter == Filter::user) {
        touchUser(knote, change);
    } else if (adds) {
        knote.registered.fflags = change.fflags;
        knote.registered.data = change.data;
    }
    const bool wasDisabled = knote.disabled;
    if ((change.flags & evEnable) != 0) {
        knote.disabled = false;
    } else if ((change.flags & evDisable) != 0) {
        knote.disabled = true;
        active_.remove(knote);
    }
    if (change.filter == Filter::user || adds || wasDisabled || neighbours_.behaviour().enableLooksAgain) {
        lookAgain(knote);
    }
}

void Queue::touchUser(Knote& knote, const Entry& change) noexcept {
    knote.triggered = knote.triggered || (change.fflags & noteTrigger) != 0;
    const std::uint32_t flags = change.fflags & noteFlags;
    switch (change.fflags & noteControl) {
    case noteAnd: knote.registered.fflags &= flags; break;
    case noteOr: knote.registered.fflags |= flags; break;
    case noteCopy: knote.registered.fflags = flags; break;
    default: break;
    }
    knote.registered.data = change.data;
    if ((change.flags & evClear) != 0 && neighbours_.behaviour().clearInTriggerCancels) {
        knote.triggered = false;
    }
}

void Queue::remove(Knote& knote) noexcept {
    active_.remove(knote);
    if (knote.registered.filter == Filter::user) {
        users_.erase(knote.registered.ident);
        return;
    }
    const int fd = static_cast<int>(knote.registered.ident);
    const auto place = watched_.find(fd);
    Watched& watched = place->second;
    const Filter filter = knote.registered.filter;
    unwatch(fd, watched, filter);
    const auto alive = [](const auto& other) { return other.has_value(); };
    if (std::none_of(watched.knotes.begin(), watched.knotes.end(), alive)) {
        watched_.erase(place);
    }
}

void Queue::unwatch(int fd, Watched& watched, Filter filter) noexcept {
    watched.knotes[indexOf(filter)].reset();
    control(edges_[indexOf(filter)].get(), EPOLL_CTL_DEL, fd, 0, 0);
}

void Queue::forget(int fd) noexcept {
    const auto place = watched_.find(fd);
    if (place == watched_.end()) {
        return;
    }
    for (const Filter filter : {Filter::read, Filter::write, Filter::except}) {
        if (std::optional<Knote>& knote = place->second.knotes[indexOf(filter)]) {
            active_.remove(*knote);
            unwatch(fd, place->second, filter);
        }
    }
    watched_.erase(place);
}

// --- activity

Condition Queue::look(const Knote& knote) noexcept {
    const Entry& asked = knote.registered;
    if (asked.filter == Filter::user) {
        return {knote.triggered, false, 0, asked.data, -1};
    }
    const int fd = static_cast<int>(asked.ident);
    if (Queue* const other = neighbours_.find(fd)) {
        other->notice();
        other->settle();
        const auto count = static_cast<std::int64_t>(other->activeKnotes());
        return {count != 0, false, 0, count, -1};
    }
    const Behaviour& behaviour = neighbours_.behaviour();
    Condition condition = watched_.find(fd)->second.what.look(fd, asked.filter, behaviour);
    if ((asked.fflags & noteLowat) != 0 && asked.filter != Filter::except && condition.fires && !condition.end) {
        const std::int64_t most = behaviour.lowatClamped ? Descriptor::bufferOf(fd, asked.filter) : asked.data;
        condition.fires = condition.data >= std::min(asked.data, most);
    }
    return condition;
}

void Queue::lookAgain(Knote& knote) noexcept {
    if (!knote.active && look(knote).fires) {
        activate(knote);
    } else if (knote.active && !knote.disabled && knote.next == nullptr) {
        activate(knote); // it became so while it was disabled
    }
}

void Queue::activate(Knote& knote) noexcept {
    knote.active = true;
    if (!knote.disabled && knote.next == nullptr) {
        active_.append(knote);
        moreActive_ = true;
    }
}

void Queue::deactivate(Knote& knote) noexcept {
    knote.active = false;
    active_.remove(knote);
}

void Queue::notice() noexcept {
    noticeEdges(Filter::read);
}

void Queue::noticeEdges(Filter filter) noexcept {
    std::array<::epoll_event, 64> events;
    int got = 0;
    do {
        got = ::epoll_wait(edges_[indexOf(filter)].get(), events.data(), static_cast<int>(events.size()), 0);
        for (int index = 0; index < got; ++index) {
            noticeEdge(events[static_cast<std::size_t>(index)].data.u64, filter);
        }
    } while (got == static_cast<int>(events.size()));
}

void Queue::noticeEdge(std::uint64_t tag, Filter filter) noexcept {
    if (tag == bellTag) {
        return;
    }
    if (tag < firstSetTag + descriptorFilters) {
        noticeEdges(static_cast<Filter>(tag - firstSetTag));
        return;
    }
    const auto place = watched_.find(static_cast<int>(tag & 0x7FFF'FFFF));
    if (place == watched_.end() || place->second.generation != tag >> 32U) {
        return;
    }
    std::optional<Knote>& knote = place->second.knotes[indexOf(filter)];
    if (!knote || knote->active) {
        return;
    }
    const Condition condition = look(*knote);
    // Linux also says so when something else has happened to the socket, where a BSD speaks of more room only.
    const bool nothingNew = condition.progress != -1 && condition.progress == knote->reportedProgress && !condition.end;
    if (condition.fires && !nothingNew) {
        activate(*knote);
    }
}

void Queue::settle() noexcept {
    const bool ring = active_.size() != 0;
    std::uint64_t count = 1;
    if (ring && (!rung_ || moreActive_)) {
        [[maybe_unused]] const auto written = ::write(bell_.get(), &count, sizeof count);
    } else if (!ring && rung_) {
        [[maybe_unused]] const auto got = ::read(bell_.get(), &count, sizeof count);
    }
    rung_ = ring;
    moreActive_ = false;
}

// --- harvest

void Queue::harvest(Lists& lists) noexcept {
    for (std::size_t left = active_.size(); left != 0 && !lists.full(); --left) {
        Knote& knote = active_.front();
        active_.remove(knote);
        const Condition condition = look(knote);
        if (condition.fires) {
            lists.put(eventOf(knote, condition));
            afterReport(knote, condition);
        } else {
            knote.active = false;
        }
    }
}

Entry Queue::eventOf(const Knote& knote, const Condition& condition) const noexcept {
    const Behaviour& behaviour = neighbours_.behaviour();
    Entry event = knote.registered;
    event.flags &= evOneshot | evClear | evDispatch | (behaviour.keptFlags & (evAdd | evEnable));
    event.data = condition.data;
    if (event.filter != Filter::user) {
        event.fflags = event.filter == Filter::except ? event.fflags : condition.error;
        event.flags |= condition.end ? evEof | behaviour.moreFlagsAtEnd : 0U;
    }
    return event;
}

void Queue::afterReport(Knote& knote, const Condition& condition) noexcept {
    const std::uint32_t flags = knote.registered.flags;
    if ((flags & evOneshot) != 0) {
        remove(knote);
        return;
    }
    knote.reportedProgress = condition.progress;
    if ((flags & (evClear | evDispatch)) == 0) {
        active_.append(knote);
        return;
    }
    knote.active = false;
    knote.disabled = (flags & evDispatch) != 0;
    if ((flags & evClear) != 0) {
        knote.triggered = false;
    }
}

} // namespace polleros_test::kq
