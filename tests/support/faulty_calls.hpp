// SPDX-License-Identifier: MIT
// System calls that fail on demand: a policy for the seam, as in `backend::BasicEpoll<FaultyCalls>`, and a script of
// Faults. Calls that no fault matches go to the kernel. FaultyCalls counts as well: see counting_calls.hpp.
//
//     Faults<> faults({{.call = Call::epollAdd, .nth = 2, .error = ENOSPC}});
#pragma once

#include "support/codes.hpp"
#include "support/counting_calls.hpp"

#include <cerrno>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace polleros_test {

struct Fault {
    static constexpr std::size_t forEver = static_cast<std::size_t>(-1);

    Call call = Call::anyCall;                               // which calls it is about; the clock cannot fail
    polleros::NativeHandle handle = polleros::invalidHandle; // only those about this one; none: about any
    std::size_t nth = 1;     // the first of the matching calls that is hit, counted from 1
    std::size_t times = 1;   // how many in a row are hit
    int error = 0;           // the system's reason (see codes.hpp), and -1 for a result; or else
    int value = 0;           // the result, without a call: 0 from a wait is "early"
    bool afterwards = false; // makes the call first, and lies about its result
    // For waits: fills the buffer with what it likes and says how many it has filled, see forging().
    std::function<int(EventBuffer)> events = {};

    std::size_t seen = 0;                                    // matching calls so far
    std::size_t hits = 0;                                    // how many of them were hit
    polleros::NativeHandle victim = polleros::invalidHandle; // what the last one hit was about
};

// `forge(Event* events, int room)` as what a Fault wants.
template <class Event, class Forge>
[[nodiscard]] std::function<int(EventBuffer)> forging(Forge forge) {
    return [forge](EventBuffer buffer) mutable { return forge(static_cast<Event*>(buffer.events), buffer.room); };
}

// One for each set of calls that can fail.
template <class Failing>
class FaultScript {
public:
    static void script(std::vector<Fault> faults) {
        const std::lock_guard lock(mutex_);
        faults_ = std::move(faults);
        armed_.store(!faults_.empty(), std::memory_order_release);
    }
    // The script with what has become of it.
    [[nodiscard]] static std::vector<Fault> progress() {
        const std::lock_guard lock(mutex_);
        return faults_;
    }

    template <class Result, class Real>
    static Result run(Call call, polleros::NativeHandle handle, Real real, EventBuffer buffer) noexcept {
        // Without a script not even the lock is taken: a wake may come from a signal handler.
        if (call == Call::now || !armed_.load(std::memory_order_acquire)) {
            return real();
        }
        const std::lock_guard lock(mutex_);
        for (Fault& fault : faults_) {
            const bool matches = (fault.call == call || fault.call == Call::anyCall) &&
                                 (!polleros::isSet(fault.handle) || fault.handle == handle);
            if (!matches || ++fault.seen < fault.nth || fault.hits >= fault.times) {
                continue;
            }
            ++fault.hits;
            fault.victim = handle;
            const int error = fault.error;
            const int value = fault.value;
            if constexpr (std::is_integral_v<Result>) {
                if (fault.events && buffer.events != nullptr) {
                    return fault.events(buffer);
                }
            }
            if (fault.afterwards) { // which may be made of several, and these have a hook, too
                static_cast<void>(realUnlocked(real));
            }
            if constexpr (std::is_integral_v<Result>) {
                setLastError(error);
                return static_cast<Result>(error != 0 ? -1 : value);
            } else if constexpr (std::is_pointer_v<Result>) {
                setLastError(error);
                return nullptr;
            }
        }
        return realUnlocked(real);
    }

private:
    // A wait must not keep the waker of another thread out.
    template <class Real>
    static auto realUnlocked(Real real) noexcept {
        mutex_.unlock();
        const auto result = real();
        const int reason = lastError();
        mutex_.lock();
        setLastError(reason);
        return result;
    }

    static inline std::mutex mutex_;
    static inline std::vector<Fault> faults_;
    static inline std::atomic<bool> armed_{false};
};

// Those with the same `Failing` fail by one script.
template <class Base = SystemCalls, class Failing = Base>
struct BasicFaultyCalls : HookedCalls<FaultScript<Failing>, Base> {
    static void script(std::vector<Fault> faults) { FaultScript<Failing>::script(std::move(faults)); }
    [[nodiscard]] static std::vector<Fault> progress() { return FaultScript<Failing>::progress(); }
};

// Counts everything, and makes fail what it is told to.
using FaultyCalls = BasicCountingCalls<BasicFaultyCalls<>>;

// A script in force for as long as this lives.
template <class Calls = FaultyCalls>
class Faults {
public:
    Faults(std::initializer_list<Fault> faults) { Calls::script(faults); }
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;
    ~Faults() { Calls::script({}); }

    // How often the fault at `index` has hit.
    [[nodiscard]] std::size_t hits(std::size_t index = 0) const { return Calls::progress().at(index).hits; }
    // How many calls it would have applied to.
    [[nodiscard]] std::size_t seen(std::size_t index = 0) const { return Calls::progress().at(index).seen; }
};

} // namespace polleros_test
