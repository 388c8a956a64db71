// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/detail/scripted_parts.hpp>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <vector>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// What a kernel that can so much and no more does not watch even if it is told to.
[[nodiscard]] constexpr Interest unwatchable(Capabilities can) noexcept {
    Interest cannot;
    if (!can.has(Capability::hangupOnly)) {
        cannot |= InterestFlag::hangup;
    }
    if (!can.has(Capability::priority)) {
        cannot |= InterestFlag::priority;
    }
    if (!can.has(Capability::edge)) {
        cannot |= InterestFlag::edge;
    }
    return cannot;
}

/// The tables of an imaginary kernel: which number is which open file, who is registered for it, and what is ready.
/// Functions that can fail return a system error, or 0.
///
/// A set of registrations keys them by the open file, as epoll does, or by number, as poll(2). By file, they vanish
/// when the last number of the file is closed, and not before. By number, a closed one is met by the next wait, and one
/// that was opened again meanwhile is what was always waited for.
class ScriptedTables {
    using Index = std::uint32_t;
    static constexpr Index none = 0xFFFF'FFFFU;

    struct Link {
        Index previous = none;
        Index next = none;
    };
    struct List {
        Index first = none;
        Index last = none;
    };

public:
    /// What one poller has registered. Everything of it is the tables'.
    class Set {
    public:
        explicit Set(bool byFile) noexcept : keyedByFile_(byFile) {}

        [[nodiscard]] std::size_t registered() const noexcept { return registered_; }

    private:
        friend class ScriptedTables;

        std::vector<Index> places_; // by place of the SeqN: the registration that was last made or changed under it
        List ready_;
        std::size_t registered_ = 0;
        bool keyedByFile_;
    };

    [[nodiscard]] bool isOpen(NativeHandle handle) const noexcept { return fileOf(handle) != closedFile; }
    [[nodiscard]] Readiness stateOf(NativeHandle handle) const noexcept { return file(fileOf(handle)).state; }

    [[nodiscard]] NativeHandle open(Readiness state, bool pollable) {
        if (freeFiles_.empty()) {
            files_.emplace_back();
            freeFiles_.push_back(static_cast<Index>(files_.size()));
        }
        const Index made = freeFiles_.back();
        freeFiles_.pop_back();
        file(made) = {{}, 0, state, pollable};
        return assign(lowestFree(), made);
    }
    [[nodiscard]] NativeHandle duplicate(NativeHandle handle) { return assign(lowestFree(), fileOf(handle)); }
    void duplicateTo(NativeHandle handle, NativeHandle number) {
        const Index kept = fileOf(handle);
        ++file(kept).numbers; // so that it outlives `number` if that was its last one
        close(number);
        const auto wanted = static_cast<std::size_t>(number);
        while (numbers_.size() <= wanted) {
            freeNumber(numbers_.size());
            numbers_.push_back(closedFile);
        }
        assign(wanted, kept);
        --file(kept).numbers;
    }
    void close(NativeHandle handle) {
        const Index closed = fileOf(handle);
        if (closed == closedFile) {
            return;
        }
        numbers_[static_cast<std::size_t>(handle)] = closedFile;
        freeNumber(static_cast<std::size_t>(handle));
        moveRegistrations(handle, closed, closedFile);
        if (--file(closed).numbers == 0) {
            while (file(closed).registered.first != none) {
                drop(file(closed).registered.first);
            }
            freeFiles_.push_back(closed);
        }
    }

    /// What is no longer ready stays queued until a wait looks at it.
    void clearReady(NativeHandle handle, Readiness less) noexcept { file(fileOf(handle)).state -= less; }
    void setReady(NativeHandle handle, Readiness more) noexcept {
        File& changed = file(fileOf(handle));
        changed.state |= more;
        for (Index index = changed.registered.first; index != none; index = registrations_[index].ofFile.next) {
            queue(index);
        }
    }

    [[nodiscard]] int add(Set& set, NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied, When when) {
        const Index wanted = fileOf(handle);
        if (set.keyedByFile_ || when == When::now) {
            if (wanted == closedFile) {
                return EBADF;
            }
            if (!file(wanted).pollable) {
                return EPERM;
            }
        }
        Index index = set.keyedByFile_ ? find(set, handle, seqN) : none;
        if (index != none && occupied == Occupied::refuse) {
            return EEXIST;
        }
        if (!makeRoom(set, seqN)) {
            return ENOMEM;
        }
        if (index == none) {
            index = create(set, handle, wanted);
        }
        change(index, seqN, interest);
        return 0;
    }
    [[nodiscard]] int modify(Set& set, NativeHandle handle, SeqN seqN, Interest interest) {
        const Index index = find(set, handle, seqN);
        if (index == none) {
            return isOpen(handle) ? ENOENT : EBADF;
        }
        if (!makeRoom(set, seqN)) {
            return ENOMEM;
        }
        change(index, seqN, interest);
        return 0;
    }
    [[nodiscard]] int remove(const Set& set, NativeHandle handle, SeqN seqN) {
        const Index index = find(set, handle, seqN);
        if (index == none) {
            return isOpen(handle) ? ENOENT : EBADF;
        }
        drop(index);
        return 0;
    }
    /// Whatever it is registered for.
    void removeFailed(const Set& set, SeqN seqN) noexcept {
        if (const Index index = atPlace(set, seqN); index != none) {
            drop(index);
        }
    }
    /// Linear in all registrations there ever were at once: sets are renewed and end rarely.
    void removeAll(Set& set) noexcept {
        for (Index index = 0; set.registered_ != 0; ++index) {
            if (registrations_[index].set == &set) {
                drop(index);
            }
        }
    }

    /// Null if nothing is registered through this number.
    [[nodiscard]] const Interest* interestOf(const Set& set, NativeHandle handle) const noexcept {
        const Index index = findOfFile(set, handle, fileOf(handle));
        return index == none ? nullptr : &registrations_[index].interest;
    }

    /// Appends what is ready, in the order in which it became so; what is told goes to the end of the queue, so that a
    /// small batch starves nobody. What is ready no more leaves the queue here: a look costs less than a search.
    /// The caller has reserved the room.
    void collect(Set& set, std::vector<Ready>& batch, std::size_t room) {
        const Index last = set.ready_.last;
        for (Index index = last == none ? none : set.ready_.first; index != none && room != 0;) {
            Registration& registration = registrations_[index];
            unlink<&Registration::inReady>(set.ready_, index);
            registration.queued = false;
            const Readiness told = toldTo(registration);
            const bool failed = registration.file == closedFile;
            if (failed || !told.empty()) {
                batch.push_back({registration.seqN, told, failed ? EBADF : 0});
                --room;
                if (failed) {
                    drop(index);
                } else if (!registration.interest.has(InterestFlag::edge)) {
                    queue(index);
                }
            }
            index = index == last ? none : set.ready_.first;
        }
    }

private:
    static constexpr Index closedFile = 0;        // what every closed number stands for
    static constexpr std::size_t firstNumber = 3; // as where a process has its standard streams

    struct File {
        List registered;
        std::uint32_t numbers = 0;
        Readiness state;
        bool pollable = true;
    };
    struct Registration {
        Set* set = nullptr;
        SeqN seqN{};
        Link ofFile;
        Link inReady;
        Index file = closedFile;
        NativeHandle handle = invalidHandle;
        Interest interest;
        bool queued = false;
    };

    /// Linux's table: errors and full hang-ups are told unasked, the end of the stream is something to read.
    [[nodiscard]] Readiness toldTo(const Registration& registration) const noexcept {
        static_assert(Interest{InterestFlag::read, InterestFlag::priority, InterestFlag::write}.bits() ==
                      Readiness{ReadyFlag::read, ReadyFlag::priority, ReadyFlag::write}.bits());
        Readiness state = file(registration.file).state;
        if (state.has(ReadyFlag::readEnd)) {
            state |= ReadyFlag::read;
        }
        Readiness asked =
            Readiness::fromBits(registration.interest.bits() & 0x7U) | ReadyFlag::error | ReadyFlag::hangup;
        if (registration.interest.has(InterestFlag::hangup)) {
            asked |= ReadyFlag::readEnd;
        }
        return state & asked;
    }

    [[nodiscard]] File& file(Index index) noexcept { return index == closedFile ? closed_ : files_[index - 1]; }
    [[nodiscard]] const File& file(Index index) const noexcept {
        return index == closedFile ? closed_ : files_[index - 1];
    }
    [[nodiscard]] Index fileOf(NativeHandle handle) const noexcept {
        const auto number = static_cast<std::size_t>(handle); // an unset one is larger than any
        return number < numbers_.size() ? numbers_[number] : closedFile;
    }
    NativeHandle assign(std::size_t number, Index to) noexcept {
        numbers_[number] = to;
        ++file(to).numbers;
        const auto handle = static_cast<NativeHandle>(number);
        moveRegistrations(handle, closedFile, to);
        return handle;
    }
    /// A heap, from which `duplicateTo` takes nothing out: what is open again is skipped when it comes up.
    void freeNumber(std::size_t number) {
        if (number >= firstNumber) {
            freeNumbers_.push_back(number);
            std::push_heap(freeNumbers_.begin(), freeNumbers_.end(), std::greater<>{});
        }
    }
    [[nodiscard]] std::size_t lowestFree() {
        while (!freeNumbers_.empty()) {
            std::pop_heap(freeNumbers_.begin(), freeNumbers_.end(), std::greater<>{});
            const std::size_t number = freeNumbers_.back();
            freeNumbers_.pop_back();
            if (numbers_[number] == closedFile) {
                return number;
            }
        }
        numbers_.resize(std::max<std::size_t>(numbers_.size(), firstNumber) + 1, closedFile);
        return numbers_.size() - 1;
    }

    [[nodiscard]] Index findOfFile(const Set& set, NativeHandle handle, Index where) const noexcept {
        Index index = file(where).registered.first;
        while (index != none && (registrations_[index].handle != handle || registrations_[index].set != &set)) {
            index = registrations_[index].ofFile.next;
        }
        return index;
    }
    [[nodiscard]] Index atPlace(const Set& set, SeqN seqN) const noexcept {
        const Place place = placeOf(seqN);
        const Index index = place < set.places_.size() ? set.places_[place] : none;
        return index != none && registrations_[index].seqN == seqN ? index : none;
    }
    [[nodiscard]] Index find(const Set& set, NativeHandle handle, SeqN seqN) const noexcept {
        if (!set.keyedByFile_) {
            return atPlace(set, seqN);
        }
        const Index where = fileOf(handle);
        return where == closedFile ? none : findOfFile(set, handle, where);
    }

    /// For one more registration under this name, and for the end of every one: nothing below allocates.
    [[nodiscard]] bool makeRoom(Set& set, SeqN seqN) noexcept {
        return hadMemory([&] {
            if (freeRegistrations_.empty() && registrations_.size() == registrations_.capacity()) {
                const std::size_t room = std::max<std::size_t>(registrations_.size() * 2, 8);
                freeRegistrations_.reserve(room);
                registrations_.reserve(room);
            }
            std::vector<Index>& places = set.places_;
            if (placeOf(seqN) >= places.size()) {
                places.resize(std::max<std::size_t>(placeOf(seqN) + 1, places.size() * 3 / 2), none);
            }
        });
    }
    [[nodiscard]] Index create(Set& set, NativeHandle handle, Index where) noexcept {
        if (freeRegistrations_.empty()) {
            freeRegistrations_.push_back(static_cast<Index>(registrations_.size()));
            registrations_.emplace_back();
        }
        const Index index = freeRegistrations_.back();
        freeRegistrations_.pop_back();
        Registration& registration = registrations_[index];
        registration.set = &set;
        registration.handle = handle;
        registration.file = where;
        append<&Registration::ofFile>(file(where).registered, index);
        ++set.registered_;
        return index;
    }
    void change(Index index, SeqN seqN, Interest interest) noexcept {
        forgetPlace(index);
        registrations_[index].seqN = seqN;
        registrations_[index].interest = interest;
        registrations_[index].set->places_[placeOf(seqN)] = index;
        queue(index);
    }
    void forgetPlace(Index index) noexcept {
        const Registration& registration = registrations_[index];
        const Place place = placeOf(registration.seqN);
        std::vector<Index>& places = registration.set->places_;
        if (place < places.size() && places[place] == index) {
            places[place] = none;
        }
    }
    void drop(Index index) noexcept {
        Registration& registration = registrations_[index];
        forgetPlace(index);
        unlink<&Registration::ofFile>(file(registration.file).registered, index);
        if (registration.queued) {
            unlink<&Registration::inReady>(registration.set->ready_, index);
        }
        --registration.set->registered_;
        registration = {};
        freeRegistrations_.push_back(index);
    }
    /// Those that are keyed by this number, and go where it goes.
    void moveRegistrations(NativeHandle handle, Index from, Index to) noexcept {
        for (Index index = file(from).registered.first; index != none;) {
            Registration& registration = registrations_[index];
            const Index next = registration.ofFile.next;
            if (registration.handle == handle && !registration.set->keyedByFile_) {
                unlink<&Registration::ofFile>(file(from).registered, index);
                registration.file = to;
                append<&Registration::ofFile>(file(to).registered, index);
                queue(index);
            }
            index = next;
        }
    }

    void queue(Index index) noexcept {
        Registration& registration = registrations_[index];
        if (!registration.queued) {
            registration.queued = true;
            append<&Registration::inReady>(registration.set->ready_, index);
        }
    }
    template <Link Registration::* link>
    void append(List& list, Index index) noexcept {
        registrations_[index].*link = {list.last, none};
        (list.last == none ? list.first : (registrations_[list.last].*link).next) = index;
        list.last = index;
    }
    template <Link Registration::* link>
    void unlink(List& list, Index index) noexcept {
        const Link old = registrations_[index].*link;
        (old.previous == none ? list.first : (registrations_[old.previous].*link).next) = old.next;
        (old.next == none ? list.last : (registrations_[old.next].*link).previous) = old.previous;
    }

    File closed_;
    std::vector<File> files_; // the first is number 1
    std::vector<Index> freeFiles_;
    std::vector<Index> numbers_; // which file each number stands for
    std::vector<std::size_t> freeNumbers_;
    std::vector<Registration> registrations_;
    std::vector<Index> freeRegistrations_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
