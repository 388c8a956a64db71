// SPDX-License-Identifier: MIT
// The settings that contract cases run in: a backend and a locality are a type, wake handle, size of the event buffer
// and age of the kernel are values of that type.
//
//     TEMPLATE_TEST_CASE("R8 an unread byte is reported by every wait", "[contract]", POLLEROS_TEST_SETTINGS) {
//         Bench<TestType> bench;
//
// What has a kernel behind it is the system's, and in its folder: `TestCalls`, which counts and fails; `Kernel`, a state
// that the kernel can be put into; and the lists POLLEROS_REAL_SETTINGS and POLLEROS_EVERY_REAL_SETTING.
#pragma once

#include "support/setting.hpp"

#include <polleros/detail/os_calls.hpp>

#include <tuple>

#if POLLEROS_TEST_KQUEUE
#include "support/kqueue/settings.hpp"
#elif POLLEROS_HAS_EPOLL
#include "support/linux/settings.hpp"
#elif POLLEROS_HAS_KQUEUE
#include "support/bsd/settings.hpp"
#else
#include "support/windows/settings.hpp"
#endif

namespace polleros_test {

using ScriptedLocal = Setting<polleros::backend::Scripted, Locality::local>;
using LikePollScanned = Setting<polleros::backend::ScriptedLikePoll, Locality::scanned>;

} // namespace polleros_test

// Where nothing runs, all that there are are compiled at once.
#if POLLEROS_TEST_ANY_ONLY
#undef POLLEROS_REAL_SETTINGS
#undef POLLEROS_REAL_BACKENDS
#undef POLLEROS_EVERY_REAL_SETTING
#define POLLEROS_REAL_SETTINGS polleros_test::AnyScanned
#define POLLEROS_REAL_BACKENDS polleros_test::AnyScanned
#define POLLEROS_EVERY_REAL_SETTING polleros_test::AnyScanned
#endif

// What is swept is swept on each real backend once.
#ifdef POLLEROS_TEST_SWEPT
#if defined(_WIN32) // WSAPoll is the seam's
#undef POLLEROS_REAL_BACKENDS
#define POLLEROS_REAL_BACKENDS polleros_test::WepollLocal
#endif
#undef POLLEROS_REAL_SETTINGS
#undef POLLEROS_EVERY_REAL_SETTING
#define POLLEROS_REAL_SETTINGS POLLEROS_REAL_BACKENDS
#define POLLEROS_EVERY_REAL_SETTING POLLEROS_REAL_BACKENDS
#endif

// Every backend, and every locality on a real and on a scripted one between them. (A build for the suite's own kqueue has
// nothing to say of the scripted ones, nor has one that does not run; one for a mutant has one setting: tests/mutants.)
#if defined(POLLEROS_TEST_ONLY)
#define POLLEROS_TEST_SETTINGS polleros_test::POLLEROS_TEST_ONLY
#undef POLLEROS_REAL_BACKENDS
#define POLLEROS_REAL_BACKENDS polleros_test::POLLEROS_TEST_ONLY
#elif POLLEROS_TEST_SCRIPTED && !POLLEROS_TEST_ANY_ONLY && !defined(POLLEROS_TEST_SWEPT)
#define POLLEROS_TEST_SETTINGS POLLEROS_REAL_SETTINGS, polleros_test::ScriptedLocal, polleros_test::LikePollScanned
#else
#define POLLEROS_TEST_SETTINGS POLLEROS_REAL_SETTINGS
#endif

namespace polleros_test {

// The settings by number.
template <std::size_t number>
using TestSetting = std::tuple_element_t<number, std::tuple<POLLEROS_TEST_SETTINGS>>;

} // namespace polleros_test
