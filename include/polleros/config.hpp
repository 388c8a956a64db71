// SPDX-License-Identifier: MIT
/// @file
/// What can be configured when the library is compiled. Nothing has to be: every macro has a default.
///
/// Put overrides into a file `polleros/user_config.hpp` anywhere on the include path; it is found without a flag.
///
/// | macro | default | effect |
/// |---|---|---|
/// | `POLLEROS_AUDIT` | 1 unless `NDEBUG` | checks contracts, see README: misuse is asserted |
/// | `POLLEROS_ASSERT(condition, message)` | prints and aborts, under audit | what a broken contract does |
/// | `POLLEROS_NATIVE_BACKEND` | by operating system | forces the backend behind `backend::Native` |
///
/// Audit changes layouts and exceptions change inline bodies, so both are part of the inline namespace's name: object
/// files that disagree do not link, instead of misbehaving.
#pragma once

#include <polleros/version.hpp>

#if __has_include(<polleros/user_config.hpp>)
#include <polleros/user_config.hpp>
#endif

#ifndef POLLEROS_AUDIT
#ifdef NDEBUG
#define POLLEROS_AUDIT 0
#else
#define POLLEROS_AUDIT 1
#endif
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define POLLEROS_EXCEPTIONS 1
#else
#define POLLEROS_EXCEPTIONS 0
#endif

#if POLLEROS_AUDIT && POLLEROS_EXCEPTIONS
#define POLLEROS_ABI_NAMESPACE v0_1_audit
#elif POLLEROS_AUDIT
#define POLLEROS_ABI_NAMESPACE v0_1_audit_noexc
#elif POLLEROS_EXCEPTIONS
#define POLLEROS_ABI_NAMESPACE v0_1
#else
#define POLLEROS_ABI_NAMESPACE v0_1_noexc
#endif

#define POLLEROS_NAMESPACE_BEGIN                                                                                       \
    namespace polleros {                                                                                               \
    inline namespace POLLEROS_ABI_NAMESPACE {
#define POLLEROS_NAMESPACE_END                                                                                         \
    }                                                                                                                  \
    }

POLLEROS_NAMESPACE_BEGIN

/// True when this translation unit checks contracts, see `POLLEROS_AUDIT`.
inline constexpr bool audited = POLLEROS_AUDIT != 0;

POLLEROS_NAMESPACE_END

#ifndef POLLEROS_ASSERT
#if POLLEROS_AUDIT
#include <cstdio>
#include <cstdlib>

POLLEROS_NAMESPACE_BEGIN
/// @cond INTERNAL
namespace detail {
[[noreturn]] inline void contractBroken(const char* condition, const char* message, const char* file, int line) {
    std::fprintf(stderr, "polleros: %s:%d: %s (%s)\n", file, line, message, condition);
    std::abort();
}
} // namespace detail
/// @endcond
POLLEROS_NAMESPACE_END

#define POLLEROS_ASSERT(condition, message)                                                                            \
    ((condition) ? static_cast<void>(0) : ::polleros::detail::contractBroken(#condition, message, __FILE__, __LINE__))
#else
#define POLLEROS_ASSERT(condition, message) static_cast<void>(0)
#endif
#endif

/// @cond INTERNAL
// For the sake of its ABI, Microsoft's compiler ignores the standard's attribute.
#if defined(_MSC_VER)
#define POLLEROS_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define POLLEROS_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif

// What every wait runs through is one function, and what it seldom needs is not in its way. Under audit, speed is not
// what matters.
#if POLLEROS_AUDIT
#define POLLEROS_ALWAYS_INLINE inline
#elif defined(_MSC_VER) && !defined(__clang__)
#define POLLEROS_ALWAYS_INLINE __forceinline
#else
#define POLLEROS_ALWAYS_INLINE [[gnu::always_inline]] inline
#endif
#if defined(_MSC_VER) && !defined(__clang__)
#define POLLEROS_NEVER_INLINE __declspec(noinline)
#else
#define POLLEROS_NEVER_INLINE [[gnu::noinline]]
#endif

#if POLLEROS_EXCEPTIONS
#define POLLEROS_TRY try
#define POLLEROS_CATCH_ALL catch (...)
#else
#define POLLEROS_TRY if constexpr (true)
#define POLLEROS_CATCH_ALL else
#endif
/// @endcond
