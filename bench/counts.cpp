// SPDX-License-Identifier: MIT
// One workload, a given number of operations, nothing else: what is counted is the difference of two such numbers.
//
//   polleros_counts <loop> <row> <operations>
#include "loops/dispatcher.hpp"
#include "loops/epoll.hpp"
#include "loops/event_set.hpp"
#include "loops/poll.hpp"
#include "loops/polleros.hpp"
#include "workloads/attach.hpp"
#include "workloads/cascade.hpp"
#include "workloads/change.hpp"
#include "workloads/interest.hpp"
#include "workloads/wake.hpp"

#include <cstring>
#include <string_view>

#include <unistd.h>

namespace {

using namespace bench;

template <class Work>
using Native = PollerOsLoop<Work, polleros::backend::Epoll>;
template <class Work>
using UsersNumbers = PollerOsLoop<Work, polleros::backend::Epoll, true, Numbers::users>;
template <class Work>
using Scanned = PollerOsLoop<Work, polleros::backend::Epoll, false>;
template <class Work>
using OverPoll = PollerOsLoop<Work, polleros::backend::Poll>;

// An operation of a rig is what it counts as one.
template <class Rig>
bool run(std::int64_t operations, Rig&& rig) {
    rig.run(operations);
    return true;
}

// Of a loop that has no turns, but runs until it is stopped.
template <template <class> class Loop>
bool runRunningRow(std::string_view row, std::int64_t operations) {
    // clang-format off
    if (row == "W1-10-1") { return run(operations, CascadeRig<Loop>(10, 1, Kind::eventFd)); }
    if (row == "W1-1000-1") { return run(operations, CascadeRig<Loop>(1000, 1, Kind::eventFd)); }
    if (row == "W1-10000-1") { return run(operations, CascadeRig<Loop>(10000, 1, Kind::eventFd)); }
    if (row == "W1-1000-100") { return run(operations, CascadeRig<Loop>(1000, 100, Kind::eventFd)); }
    if (row == "W2-10") { return run(operations, PingPongRig<Loop>(10)); }
    if (row == "W2-10000") { return run(operations, PingPongRig<Loop>(10000)); }
    // clang-format on
    return false;
}

template <template <class> class Loop>
bool runRow(std::string_view row, std::int64_t operations) {
    const auto rounds = [&](auto&& rig) { return run(operations / rig.active(), rig); };
    // clang-format off
    if (row == "W3-io-1") { return rounds(InterestRig<Loop, Churn::io>(1, 0)); }
    if (row == "W3-io-100") { return rounds(InterestRig<Loop, Churn::io>(100, 0)); }
    if (row == "W3-pure-1") { return rounds(InterestRig<Loop, Churn::pure>(1, 0)); }
    if (row == "W3-pure-100") { return rounds(InterestRig<Loop, Churn::pure>(100, 0)); }
    if (row == "W3-cancel-1") { return rounds(InterestRig<Loop, Churn::cancel>(1, 0)); }
    if (row == "W3-cancel-100") { return rounds(InterestRig<Loop, Churn::cancel>(100, 0)); }
    if (row == "W4") { return run(operations, AttachRig<Loop>(Kind::eventFd, 0)); }
    if (row == "W4-10000") { return run(operations, AttachRig<Loop>(Kind::eventFd, 10000)); }
    if (row == "W5-self") { return run(operations, SelfWakeRig<Loop>(0)); }
    // clang-format on
    return runRunningRow<Loop>(row, operations);
}

// Of a loop with changes that reach the kernel at once.
template <template <class> class Loop>
bool runChangeRow(std::string_view row, std::int64_t operations) {
    // clang-format off
    if (row == "W7-interest") { return run(operations, ChangeRig<Loop, Changed::interest>(0)); }
    if (row == "W7-channel") { return run(operations, ChangeRig<Loop, Changed::channel>(0)); }
    // clang-format on
    return false;
}

bool runLoop(std::string_view loop, std::string_view row, std::int64_t operations) {
    if (loop == "epoll") {
        return runChangeRow<EpollLoop>(row, operations) || runRow<EpollLoop>(row, operations);
    }
    if (loop == "polleros") {
        return runRow<Native>(row, operations);
    }
    if (loop == "polleros-numbers") {
        return runRow<UsersNumbers>(row, operations);
    }
    if (loop == "event-set") {
        return runChangeRow<EventSetLoop>(row, operations) || runRow<EventSetLoop>(row, operations);
    }
    if (loop == "dispatcher") {
        return runRunningRow<DispatcherLoop>(row, operations);
    }
    if (loop == "polleros-scan") {
        return runRow<Scanned>(row, operations);
    }
    if (loop == "poll") {
        return runRow<PollLoop>(row, operations);
    }
    return loop == "polleros-poll" && runRow<OverPoll>(row, operations);
}

} // namespace

int main(int argc, char** argv) {
    close_range(3, ~0U, 0); // what was inherited: the numbers of descriptors decide how far a table is searched
    if (bench::allowDescriptors(10'000) < 10'000) {
        std::fprintf(stderr, "polleros_counts: too few descriptors for its rows\n");
        return 3;
    }
    if (argc != 4 || !runLoop(argv[1], argv[2], std::atoll(argv[3]))) {
        std::fprintf(stderr, "usage: polleros_counts <loop> <row> <operations>\n");
        return 2;
    }
}
