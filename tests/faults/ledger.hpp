// SPDX-License-Identifier: MIT
// Ledger: what went wrong in a run, and who was told. In the end the two must match: each fault is told to whom it is
// owed, once, and nobody else hears of anything.
#pragma once

#include "faults/counted_memory.hpp"
#include "faults/kernel.hpp"
#include "faults/run.hpp"
#include "support/allocations.hpp"
#include "support/faulty_calls.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace polleros_test {

template <class Calls>
class Ledger {
public:
    // Which channel has this handle; 0 if none has.
    using OwnerOf = std::function<unsigned(polleros::NativeHandle)>;

    // Adds to `total` in the end how often the fault has hit.
    Ledger(const Run& run, CountedMemory& memory, std::size_t& total, OwnerOf ownerOf)
        : run_(run), memory_(memory), total_(total), ownerOf_(std::move(ownerOf)) {
        using What = Run::What;
        if (run.what == What::allocation) {
            memory.failAt(run.k, run.lasts());
        } else if (run.what != What::nothing) {
            Fault fault = run.fault();
            if (run.what == What::staleEvent) {
                fault.events = forging<::epoll_event>([](::epoll_event* events, int) {
                    events[0].events = EPOLLIN;
                    events[0].data.u64 = 987'654'321;
                    return 1;
                });
            }
            Calls::script({fault});
        }
    }
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger() {
        repair();
        total_ += hits_;
    }

    void repair() {
        hits_ = hits();
        repaired_ = true;
        Calls::script({});
        memory_.recover();
    }
    [[nodiscard]] bool lasts() const { return run_.lasts() && !repaired_; }

    // Calls the library, which must allocate nothing behind its own memory's back. What it says of it. What is `known` of
    // an earlier call may be said again.
    template <class Action>
    std::error_code during(Doing doing, Action action, polleros::NativeHandle candidate = polleros::invalidHandle,
                           std::error_code known = {}) {
        const std::size_t before = hits();
        const std::size_t owned = memory_.allocations() - memory_.failures();
        std::error_code ec;
        const AllocationCount all;
        action(ec);
        const std::size_t allocations = all.allocations();
        expect(allocations == memory_.allocations() - memory_.failures() - owned,
               "all memory is taken from the poller's options");
        ++calls_;
        hitNow_ = hits() != before;
        if (hitNow_) {
            owe(doing, candidate);
        }
        if (ec && (hitNow_ || ec != known)) {
            notes_.push_back({Owed::To::caller, 0, ec, calls_});
        }
        return ec;
    }
    // Whether the fault hit in the last call.
    [[nodiscard]] bool hitNow() const { return hitNow_; }
    [[nodiscard]] std::size_t hits() const {
        if (repaired_) {
            return hits_;
        }
        const auto script = Calls::progress();
        return memory_.failures() + (script.empty() ? 0 : script.front().hits);
    }

    // A channel's error was reported.
    void told(unsigned channel, const std::error_code& ec) { notes_.push_back({Owed::To::channel, channel, ec, 0}); }
    // A channel goes, or gets another handle: its news are old.
    void forgive(unsigned channel) {
        for (Debt& debt : debts_) {
            debt.forgiven |= debt.channel == channel;
        }
    }

    void settle() {
        for (const Note& note : notes_) {
            bool owed = false;
            for (Debt& debt : debts_) {
                const bool says = debt.code == note.code || (debt.forgiven && note.code == ofTheFault());
                const bool pays = debt.to == note.to && says && (debt.channel == note.channel || debt.channel == 0) &&
                                  (note.to == Owed::To::channel || debt.call == note.call) && !debt.paid;
                owed |= pays;
                debt.paid |= pays;
                if (pays && !run_.lasts()) {
                    break;
                }
            }
            expect(owed || (run_.lasts() && isOfTheFault(note)),
                   (note.to == Owed::To::caller
                        ? "nothing goes wrong but what has to: a call"
                        : "nothing goes wrong but what has to: channel " + std::to_string(note.channel)) +
                       " says " + note.code.message());
        }
        for (const Debt& debt : debts_) {
            expect(debt.paid || debt.forgiven || run_.lasts(),
                   (debt.to == Owed::To::caller ? "a call says what is wrong: "
                                                : "channel " + std::to_string(debt.channel) + " says what is wrong: ") +
                       debt.code.message());
        }
        notes_.clear();
        debts_.clear();
    }

private:
    struct Debt {
        Owed::To to;
        unsigned channel;
        std::error_code code;
        std::size_t call; // of the library
        bool paid = false;
        bool forgiven = false;
    };
    struct Note {
        Owed::To to;
        unsigned channel;
        std::error_code code;
        std::size_t call;
    };

    void owe(Doing doing, polleros::NativeHandle candidate) {
        Owed owed;
        unsigned channel = 0;
        if (doing == Doing::refusing) { // one way or the other
            return;
        }
        if (run_.what == Run::What::allocation) {
            if (doing == Doing::constructing || doing == Doing::attaching || doing == Doing::makingWaker ||
                doing == Doing::preparing) {
                owed = {Owed::To::caller, polleros::errorCode(polleros::Errc::outOfMemory)};
            }
        } else if (run_.what == Run::What::call) {
            const polleros::NativeHandle victim = Calls::progress().front().victim;
            channel = polleros::isSet(victim) ? ownerOf_(victim) : 0;
            const bool ofChannel = channel != 0 || (polleros::isSet(victim) && victim == candidate);
            owed = owedFor(run_.reason.call, run_.reason.error, doing, ofChannel);
        }
        if (doing == Doing::applying && owed.to == Owed::To::channel) { // both, but the next wait may mend it first
            debts_.push_back({Owed::To::caller, 0, owed.code, calls_, false, owed.perhaps});
            owed.perhaps |= owed.code == polleros::Errc::outOfMemory ||
                            polleros::detail::meaningOf(owed.code) == polleros::detail::Meaning::noRoom;
        }
        if (owed.to != Owed::To::nobody) {
            debts_.push_back(
                {owed.to, owed.to == Owed::To::channel ? channel : 0, owed.code, calls_, false, owed.perhaps});
        }
    }
    [[nodiscard]] std::error_code ofTheFault() const { return {run_.reason.error, std::system_category()}; }
    // What lasts is told to each whom it hits, again when that tries again.
    [[nodiscard]] bool isOfTheFault(const Note& note) const {
        return note.code == ofTheFault() ||
               std::any_of(debts_.begin(), debts_.end(), [&](const Debt& debt) { return debt.code == note.code; });
    }

    const Run& run_;
    CountedMemory& memory_;
    std::size_t& total_;
    OwnerOf ownerOf_;
    std::vector<Debt> debts_;
    std::vector<Note> notes_;
    std::size_t calls_ = 0;
    std::size_t hits_ = 0;
    bool hitNow_ = false;
    bool repaired_ = false;
};

} // namespace polleros_test
