// SPDX-License-Identifier: MIT
// What lies between a setting's calls and the system where the contract is swept (tests/swept): a clock that nobody waits
// for, and faults and counts which are not the case's own. Everywhere else nothing does.
#pragma once

#ifdef POLLEROS_TEST_SWEPT
#include "support/faulty_calls.hpp"

#if defined(_WIN32)
#include "support/windows/timeless_calls.hpp"
#else
#include "support/linux/timeless_calls.hpp"
#endif

#include <polleros/detail/os_calls.hpp>
#endif

namespace polleros_test {

// Whose counts and faults they are.
struct TheSweep;

#ifdef POLLEROS_TEST_SWEPT

template <class Base>
using SweptCalls = BasicCountingCalls<BasicFaultyCalls<typename WithoutTime<Base>::Calls, TheSweep>, TheSweep>;

#else

template <class Base>
using SweptCalls = Base;

#endif

} // namespace polleros_test
