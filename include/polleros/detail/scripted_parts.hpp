// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/timeout.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Whether `allocate` got what it wanted; it has to be a whole that can be tried again.
template <class Allocate>
[[nodiscard]] bool hadMemory(Allocate&& allocate) noexcept {
    POLLEROS_TRY {
        allocate();
        return true;
    }
    POLLEROS_CATCH_ALL {
        return false;
    }
}

/// A clock that moves only when it is told to, and what happens on the way.
class ScriptedClock {
public:
    explicit ScriptedClock(TimePoint start) noexcept : now_(start) {}

    [[nodiscard]] TimePoint now() const noexcept { return now_; }
    [[nodiscard]] TimePoint nextAction() const noexcept {
        return actions_.empty() ? noDeadline : actions_.front().time;
    }
    [[nodiscard]] bool isRunningAction() const noexcept { return running_; }

    void at(TimePoint time, std::function<void()> action) {
        actions_.push_back({time, made_++, std::move(action)});
        std::push_heap(actions_.begin(), actions_.end());
    }
    void runDue() {
        while (!actions_.empty() && actions_.front().time <= now_) {
            std::pop_heap(actions_.begin(), actions_.end());
            const std::function<void()> run = std::move(actions_.back().run);
            actions_.pop_back(); // first: it may schedule others
            running_ = true;
            run();
            running_ = false;
        }
    }
    /// Not past the next action: that one has to run there.
    void moveTo(TimePoint time) noexcept { now_ = time; }

private:
    struct Action {
        TimePoint time;
        std::uint64_t order = 0;
        std::function<void()> run;

        friend bool operator<(const Action& a, const Action& b) noexcept { // so that the heap's first is the earliest
            return a.time != b.time ? a.time > b.time : a.order > b.order;
        }
    };

    TimePoint now_;
    std::vector<Action> actions_; // a heap
    std::uint64_t made_ = 0;
    bool running_ = false;
};

/// Which calls are to fail.
template <class Record>
class ScriptedFaults {
public:
    using Predicate = std::function<bool(const Record&)>;

    static constexpr std::size_t always = static_cast<std::size_t>(-1);

    void add(decltype(Record::call) call, int error, std::size_t skipped, std::size_t times, Predicate picks) {
        if (times != 0) {
            faults_.push_back({call, error, skipped, times, std::move(picks)});
        }
    }
    void clear() noexcept { faults_.clear(); }

    /// The error this call is to fail with, if it is. Several faults may wait for the same call: the oldest has it.
    [[nodiscard]] std::optional<int> strike(const Record& record) {
        for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
            if (fault->call != record.call || (fault->picks && !fault->picks(record))) {
                continue;
            }
            if (fault->skipped != 0) {
                --fault->skipped;
                continue;
            }
            const int error = fault->error;
            if (fault->times != always) {
                --fault->times;
            }
            if (fault->times == 0) {
                faults_.erase(fault);
            }
            return error;
        }
        return std::nullopt;
    }

private:
    struct Fault {
        decltype(Record::call) call;
        int error;
        std::size_t skipped;
        std::size_t times;
        Predicate picks;
    };

    std::vector<Fault> faults_;
};

/// What was called. Allocates only when it is told how much to keep.
template <class Record, std::size_t kinds>
class ScriptedLog {
public:
    [[nodiscard]] std::span<const Record> records() const noexcept { return records_; }
    [[nodiscard]] std::size_t count(decltype(Record::call) call) const noexcept {
        return counts_[static_cast<std::size_t>(call)];
    }
    void keep(std::size_t kept) {
        records_.clear();
        records_.reserve(kept * 2);
        kept_ = kept;
    }
    void clear() noexcept {
        records_.clear();
        counts_ = {};
    }
    /// There is room for twice of what is kept, so that dropping the oldest half is rare and what is kept in one piece.
    void add(const Record& record) {
        ++counts_[static_cast<std::size_t>(record.call)];
        if (kept_ == 0) {
            return;
        }
        if (records_.size() == kept_ * 2) {
            records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(kept_));
        }
        records_.push_back(record);
    }

private:
    std::vector<Record> records_;
    std::size_t kept_ = 0;
    std::array<std::size_t, kinds> counts_{};
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
