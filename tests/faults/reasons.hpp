// SPDX-License-Identifier: MIT
// A reason for which a call may fail, and whom the library owes the news of it. Which there are is in linux/ and windows/.
#pragma once

#include "support/calls.hpp"

#include <iterator>
#include <string_view>
#include <system_error>

namespace polleros_test {

// One way in which a call fails. Where the call was made all the same, its error is no lie: a close() that is interrupted
// has closed, and what "exists already" exists.
struct Reason {
    Call call;
    int error; // 0: a wait that ends early and brings nothing
    bool made = false;
};

// In what the library was when the call failed.
enum class Doing { constructing, attaching, refusing, applying, makingWaker, preparing, waiting, harvesting, other };

// Whom the library tells, and what. `caller`: the function that was called returns it.
struct Owed {
    enum class To { nobody, caller, channel } to = To::nobody;
    std::error_code code;
    bool perhaps = false; // or nobody: the call was about something that was being removed as well; or in its own words
};

[[nodiscard]] inline std::string_view nameOf(Call call) {
    constexpr std::string_view names[] = {
        "now",          "close",       "fstat",        "read",         "write",         "pipe",        "socketType",
        "openDatagram", "bind",        "connect",      "localAddress", "remoteAddress", "poll",        "epollCreate",
        "epollAdd",     "epollModify", "epollRemove",  "epollRepeat",  "epollWait",     "epollPwait2", "eventFd",
        "timerCreate",  "timerSet",    "kqueue",       "keventChange", "keventWait",    "keventUser",  "keventTrigger",
        "keventTake",   "keventAdd",   "keventDelete", "keventAsk"};
    static_assert(std::size(names) == callKinds);
    return names[static_cast<std::size_t>(call)];
}

} // namespace polleros_test
