// SPDX-License-Identifier: MIT
// What Guard watches over every test case, and the words in which other support files talk to it. The watchdog and
// the CPU time are the system's: posix/, windows/.
#pragma once

#include <chrono>
#include <string>

namespace polleros_test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

// Whether qemu-user or valgrind translates this program, which then computes many times slower, and whose kernel is a
// strange one.
[[nodiscard]] bool isTranslated();

// The name of the running test case; empty between two.
void beginCase(const std::string& name);
[[nodiscard]] const std::string& currentCase();

// Makes the whole run fail. For what is found when a case is over and can no longer fail by itself.
void violate(const std::string& what);
// How often that was so until now.
[[nodiscard]] unsigned violations();

// Dumps the stacks of all threads, where that can be done, and aborts unless disarmed in time. No thread of its own
// where a case may fork.
void armWatchdog(const std::string& caseName, std::chrono::seconds limit);
void disarmWatchdog();

// User and system time of all threads of this process so far.
[[nodiscard]] std::chrono::nanoseconds cpuTime();

// Empty if `cpu` is a decent share of `wall` for somebody who mostly waits: at most a fifth, and what is too short to
// be told from noise is free. Instrumented code is slower at everything but sleeping.
[[nodiscard]] std::string budgetExceeded(std::chrono::nanoseconds cpu, std::chrono::nanoseconds wall);

} // namespace polleros_test
