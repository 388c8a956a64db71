// SPDX-License-Identifier: MIT
/// @file
/// Winsock's header, which brings <windows.h>: first, and tamed, unless the user has decided otherwise.
#pragma once

// Without WIN32_LEAN_AND_MEAN <windows.h> brings the first Winsock, and Microsoft's headers cannot have both.
#if defined(_MSC_VER) && defined(_WINSOCKAPI_) && !defined(_WINSOCK2API_)
#error                                                                                                                 \
    "polleros: <windows.h> came first and brought winsock.h: define WIN32_LEAN_AND_MEAN, or include <winsock2.h> before"
#endif

#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#define POLLEROS_UNDEF_LEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#define POLLEROS_UNDEF_NOMINMAX
#endif

#include <winsock2.h> // before all others
#include <ws2tcpip.h>

// They are the user's to choose for what is included after us.
#if defined(POLLEROS_UNDEF_LEAN)
#undef POLLEROS_UNDEF_LEAN
#undef WIN32_LEAN_AND_MEAN
#endif
#if defined(POLLEROS_UNDEF_NOMINMAX)
#undef POLLEROS_UNDEF_NOMINMAX
#undef NOMINMAX
#endif
