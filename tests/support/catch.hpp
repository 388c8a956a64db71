// SPDX-License-Identifier: MIT
// One face for Catch2 v3 and v2.13 (the version of Debian 12). Tests include this, never Catch2 itself.
//
// The one source file that defines main() defines POLLEROS_TEST_MAIN first and gets, besides Catch::Session and
// CATCH_REGISTER_LISTENER, polleros_test::CatchListener, the base class of event listeners.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)

#include <catch2/catch_approx.hpp>
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#ifdef POLLEROS_TEST_MAIN
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

namespace polleros_test {
using CatchListener = Catch::EventListenerBase;
// Nothing is printed.
inline void silence(Catch::ConfigData& config) {
    config.reporterSpecifications = {Catch::ReporterSpec("console", std::string("%debug"), {}, {})};
}
} // namespace polleros_test
#endif

#else

#ifdef POLLEROS_TEST_MAIN
#define CATCH_CONFIG_RUNNER
#endif
#include <catch2/catch.hpp>

#ifdef POLLEROS_TEST_MAIN
namespace polleros_test {
using CatchListener = Catch::TestEventListenerBase;
// Nothing is printed.
inline void silence(Catch::ConfigData& config) {
#if defined(_WIN32)
    config.outputFilename = "NUL";
#else
    config.outputFilename = "/dev/null";
#endif
}
} // namespace polleros_test
#endif

namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& part, CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
    return Contains(part, sensitivity);
}
} // namespace Catch::Matchers

// v3's SKIP leaves the test case from whatever depth it is called at. v2 knows no skipped cases: what a failed REQUIRE
// throws is thrown without a failure, so that the case ends there and counts as passed.
#define SKIP(...)                                                                                                      \
    do {                                                                                                               \
        WARN("skipped: " << __VA_ARGS__);                                                                              \
        throw Catch::TestFailureException{};                                                                           \
    } while (false)

#endif
