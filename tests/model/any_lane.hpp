// SPDX-License-Identifier: MIT
// What every lane is, whoever runs the program in it, and what lanes share: the words for a promise that was broken, the
// operations that are for later, and what operations do to the world.
#pragma once

#include "state.hpp"
#include "support/broken.hpp"
#include "weather.hpp"

#include <polleros/triggers_io.hpp>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace polleros_test {

using Told = std::map<std::uint64_t, Triggers>;

class AnyLane {
public:
    virtual ~AnyLane() = default;
    [[nodiscard]] virtual const char* name() const = 0;
    // What other threads may do to it while it runs.
    [[nodiscard]] virtual Disturbance disturbance() = 0;
    virtual void run(const Operation& operation) = 0;
    // What the last sweep has told those of whom nothing is excused.
    [[nodiscard]] virtual const Told& swept() const = 0;

protected:
    void require(bool kept, const char* promise, std::uint64_t number = 0) const {
        if (!kept) {
            broken(promise, number, "");
        }
    }
    [[noreturn]] void broken(const char* promise, std::uint64_t number, const std::string& more) const {
        std::string who = number != 0 ? ", channel " + std::to_string(number) : "";
        throw Broken(std::string(name()) + ", wait " + std::to_string(waits_) + who + ": " + promise + more);
    }
    template <class A, class C>
    void requireWithin(A told, C allowed, const char* promise, std::uint64_t number) const {
        if (!allowed.hasAll(told)) {
            std::ostringstream more;
            if constexpr (std::is_same_v<A, Triggers>) {
                more << ": " << told << " not within " << allowed;
            } else {
                more << std::hex << ": 0x" << unsigned{told.bits()} << " not within 0x" << unsigned{allowed.bits()};
            }
            broken(promise, number, more.str());
        }
    }

    int waits_ = 0;
};

// Operations that are put off: until a handler of the next wait runs, or until an outer loop has begun that wait.
class Deferred {
public:
    // True if the operation is not for now.
    [[nodiscard]] bool take(const Operation& operation) {
        if (operation.op == Op::wait || operation.op == Op::sweep) {
            collecting_ = 0;
            return false;
        }
        if (operation.op == Op::embed) {
            callback_ = between;
            collecting_ = operation.what % 3U + 1U;
            return true;
        }
        if (operation.op == Op::inHandler) {
            callback_ = operation.who % 4U;
            collecting_ = operation.what % 4U + 1U;
            return true;
        }
        if (collecting_ == 0) {
            return false;
        }
        --collecting_;
        if (callback_ != between) {
            forHandlers_.emplace_back(callback_, operation);
        } else if (State::isForBetween(operation.op)) {
            between_.push_back(operation);
        }
        return true;
    }
    [[nodiscard]] bool anyForHandlers() const { return !forHandlers_.empty(); }
    [[nodiscard]] bool anyBetween() const { return !between_.empty(); }
    [[nodiscard]] std::vector<Operation> takeFor(unsigned callback) {
        std::vector<Operation> due;
        std::erase_if(forHandlers_, [&](const auto& entry) {
            if (entry.first == callback) {
                due.push_back(entry.second);
            }
            return entry.first == callback;
        });
        return due;
    }
    [[nodiscard]] std::vector<Operation> takeBetween() { return std::exchange(between_, {}); }

private:
    static constexpr unsigned between = 4; // is no callback
    unsigned callback_ = 0;
    unsigned collecting_ = 0;
    std::vector<std::pair<unsigned, Operation>> forHandlers_; // of the next wait
    std::vector<Operation> between_;                          // for the loop that has the next wait
};

// Does what an operation does to the world but close our end; `now` is what it makes of the object. False if that is
// nothing that could be seen of it.
inline bool happens(Op op, Ends& ends, const Object& now) {
    switch (op) {
    case Op::peerWrite: ends.peerWrite(1); return true;
    case Op::peerHalfClose: ends.peerHalfClose(); return true;
    case Op::peerClose: now.reset ? ends.peerReset() : ends.peerClose(); return true;
    case Op::peerReset: ends.peerReset(); return true;
    case Op::peerDrain: ends.peerDrain(); return true;
    case Op::read: static_cast<void>(ends.read(1)); return true;
    case Op::drain: ends.readAll(); return true;
    case Op::fill: ends.fill(); return true;
    case Op::duplicate: static_cast<void>(ends.duplicate()); return false;
    case Op::closeDuplicate: ends.closeDuplicate(); return false;
    default: return false;
    }
}

// Closes our end and leaves a duplicate, which alone hears what comes of it.
inline void closeForgotten(Ends& ends, const Object& before, const Object& now) {
    static_cast<void>(ends.duplicate());
    ends.close();
    if (now.ended != before.ended) {
        ends.peerHalfCloseUnseen();
    }
}

} // namespace polleros_test
