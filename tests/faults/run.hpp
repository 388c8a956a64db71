// SPDX-License-Identifier: MIT
// One run of a scenario: what goes wrong in it, and the words to find it again.
#pragma once

#include "faults/reasons.hpp"
#include "support/broken.hpp"
#include "support/faulty_calls.hpp"

#include <cstddef>
#include <string>

namespace polleros_test {

// How a poller is set up in a run.
struct Setup {
    bool wakeByPipe = false;
    bool oldKernel = false;  // see Stage
    bool shortWaits = false; // a wait tells one event at most

    [[nodiscard]] std::string describe() const {
        return std::string(wakeByPipe ? ", wake by pipe" : "") + (oldKernel ? ", old kernel" : "") +
               (shortWaits ? ", short waits" : "");
    }
};

struct Run {
    enum class What { nothing, call, staleEvent, allocation } what = What::nothing;
    Reason reason{Call::anyCall, 0};
    std::size_t k = 0;     // the k-th call of this kind, or allocation, counted from 1
    std::size_t times = 1; // and so many in a row
    Setup setup = {};

    // Fails until it is repaired, so that trying again is no way out.
    [[nodiscard]] bool lasts() const { return times > 1'000; }

    // Of a call.
    [[nodiscard]] Fault fault() const {
        Fault fault;
        fault.call = reason.call;
        fault.nth = k;
        fault.times = times;
        fault.error = reason.error;
        fault.afterwards = reason.made;
        return fault;
    }

    [[nodiscard]] std::string describe() const {
        const std::string which = "number " + std::to_string(k) + (lasts() ? " and all later ones" : "") +
                                  (times > 1 && !lasts() ? " and so on, " + std::to_string(times) + " in a row" : "");
        switch (what) {
        case What::nothing: return "no fault" + setup.describe();
        case What::allocation: return "allocation " + which + " fails" + setup.describe();
        case What::staleEvent:
            return std::string(nameOf(reason.call)) + ' ' + which + " brings an event of nobody's" + setup.describe();
        case What::call: break;
        }
        return std::string(nameOf(reason.call)) + ' ' + which + " fails with error " + std::to_string(reason.error) +
               setup.describe();
    }
};

inline void expect(bool kept, const std::string& promise) {
    if (!kept) {
        throw Broken(promise);
    }
}
inline void expect(bool kept, const char* promise) {
    if (!kept) {
        throw Broken(promise);
    }
}

} // namespace polleros_test
