// SPDX-License-Identifier: MIT
// The library compiles after headers that define short words as macros: <windows.h>, X11, Qt, <sys/sysmacros.h>.
#include "system_headers.hpp"

// Some of them may be there already.
#undef min
#undef max
#undef far
#undef near
#undef small
#undef interface
#undef pascal
#undef cdecl
#undef CALLBACK
#undef CONST
#undef DELETE
#undef DIFFERENCE
#undef ERROR
#undef FALSE
#undef IGNORE
#undef IN
#undef INFINITE
#undef NO_ERROR
#undef OPTIONAL
#undef OUT
#undef PASSTHROUGH
#undef STRICT
#undef TRUE
#undef VOID
#undef Always
#undef Bool
#undef None
#undef Status
#undef Success
#undef Unsorted
#undef emit
#undef foreach
#undef signals
#undef slots
#undef major
#undef minor
#undef check
#undef verify
#undef likely
#undef unlikely

// windows.h
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define far
#define near
#define small char
#define interface struct
#define pascal
#define cdecl
#define CALLBACK
#define CONST const
#define DELETE (0x00010000L)
#define DIFFERENCE 11
#define ERROR 0
#define FALSE 0
#define IGNORE 0
#define IN
#define INFINITE 0xFFFFFFFF
#define NO_ERROR 0L
#define OPTIONAL
#define OUT
#define PASSTHROUGH 19
#define STRICT 1
#define TRUE 1
#define VOID void
// X11
#define Always 2
#define Bool int
#define None 0L
#define Status int
#define Success 0
#define Unsorted 0
// Qt
#define emit
#define foreach Q_FOREACH
#define signals public
#define slots
// glibc's sys/sysmacros.h, and what gcc itself defines outside -std=c++20
#define major(dev) ((dev) >> 8)
#define minor(dev) ((dev) & 0xFF)
#undef linux
#define linux 1
#undef unix
#define unix 1
// macros that debugging allocators and old C headers are known for
#define check(condition) (condition)
#define verify(condition) (condition)
#define likely(x) (x)
#define unlikely(x) (x)

#include <polleros/backend/scripted.hpp>
#include <polleros/dispatcher.hpp>
#include <polleros/polleros.hpp>

int main() {
    std::error_code ec;
    polleros::Poller<polleros::backend::Native> poller({}, ec);
    return poller.waitTriggers(polleros::Timeout::immediately(), ec).timedOut ? 0 : 1;
}
