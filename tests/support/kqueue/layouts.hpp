// SPDX-License-Identifier: MIT
// struct kevent as the systems lay it out, and their numbers of the filters.
#pragma once

#include "support/kqueue/entry.hpp"

#include <cstdint>
#include <limits>

namespace polleros_test {

namespace kq {
inline constexpr int noFilter = std::numeric_limits<int>::min();
}

// FreeBSD. Its `ext` is left out: nothing here uses it.
struct FreeBsdLayout {
    struct Kevent {
        std::uintptr_t ident;
        short filter;
        unsigned short flags;
        unsigned fflags;
        std::int64_t data;
        void* udata;
    };
    static constexpr int readFilter = -1;
    static constexpr int writeFilter = -2;
    static constexpr int userFilter = -11;
    static constexpr int exceptFilter = kq::noFilter;
    static constexpr unsigned noteOob = 0;
};

// OpenBSD since 7.8; before, there is no user filter: Behaviour::userFilter.
struct OpenBsdLayout {
    using Kevent = FreeBsdLayout::Kevent;
    static constexpr int readFilter = -1;
    static constexpr int writeFilter = -2;
    static constexpr int userFilter = -10;
    static constexpr int exceptFilter = -9;
    static constexpr unsigned noteOob = 0x4;
};

// macOS packs its struct: no reference to a field may be made.
struct MacLayout {
#pragma pack(push, 4)
    struct Kevent {
        std::uintptr_t ident;
        std::int16_t filter;
        std::uint16_t flags;
        std::uint32_t fflags;
        std::intptr_t data;
        void* udata;
    };
#pragma pack(pop)
    static constexpr int readFilter = -1;
    static constexpr int writeFilter = -2;
    static constexpr int userFilter = -10;
    static constexpr int exceptFilter = -15;
    static constexpr unsigned noteOob = 0x2;
};

// NetBSD 10: unsigned filters, and what is all zeros is about READ at descriptor 0.
struct NetBsdLayout {
    struct Kevent {
        std::uintptr_t ident;
        std::uint32_t filter;
        std::uint32_t flags;
        std::uint32_t fflags;
        std::int64_t data;
        void* udata;
    };
    static constexpr int readFilter = 0;
    static constexpr int writeFilter = 1;
    static constexpr int userFilter = 8;
    static constexpr int exceptFilter = kq::noFilter;
    static constexpr unsigned noteOob = 0;
};

// What most have in common.
using BsdLayout = FreeBsdLayout;

} // namespace polleros_test
