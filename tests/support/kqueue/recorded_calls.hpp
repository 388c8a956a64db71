// SPDX-License-Identifier: MIT
// A kqueue that only writes down what it is asked, and answers what a test has put in store: what BasicKqueue says to a
// kernel, and makes of its answers, one call at a time. Without an answer in store a call finds nothing ready and
// refuses nothing.
#pragma once

#include <polleros/detail/os_calls.hpp>
#include <polleros/interest.hpp>

#include <cerrno>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <sys/stat.h>

namespace polleros_test {

template <class Udata>
struct RecordedCalls : polleros::detail::OsCalls {
    struct Kevent {
        std::uintptr_t ident;
        short filter;
        unsigned short flags;
        unsigned fflags;
        std::int64_t data;
        Udata udata;
    };
    static constexpr short readFilter = -1;
    static constexpr short writeFilter = -2;
    static constexpr short exceptFilter = -8;
    static constexpr short userFilter = -9;
    static constexpr bool hasExceptFilter = true;
    static constexpr bool hasUserFilter = true;
    static constexpr unsigned short evAdd = 0x1;
    static constexpr unsigned short evDelete = 0x2;
    static constexpr unsigned short evEnable = 0x4;
    static constexpr unsigned short evDisable = 0x8;
    static constexpr unsigned short evClear = 0x20;
    static constexpr unsigned short evReceipt = 0x40;
    static constexpr unsigned short evError = 0x4000;
    static constexpr unsigned short evEof = 0x8000;
    static constexpr unsigned noteTrigger = 0x1000000;
    static constexpr unsigned noteOob = 0x4;

    struct Asked {
        std::vector<Kevent> changes;
        std::size_t room = 0;
        std::optional<::timespec> limit;
    };
    struct Answer {
        std::vector<Kevent> events;
        int error = 0;
    };

    static inline std::vector<Asked> calls;
    static inline std::deque<Answer> answers;
    static inline int closed = 0;

    static void forget() {
        calls.clear();
        answers.clear();
        closed = 0;
    }

    static int kqueue() noexcept { return 4000; }
    static int close(int /*fd*/) noexcept {
        ++closed;
        return 0;
    }
    static int fstat(int fd, struct ::stat* status) noexcept {
        if (fd >= 1000) {
            errno = EBADF; // a closed one
            return -1;
        }
        status->st_mode = S_IFSOCK;
        return 0;
    }

    static int kevent(int /*queue*/, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        Asked& asked = calls.emplace_back();
        asked.changes.assign(changes, changes + changeCount);
        asked.room = room;
        if (limit != nullptr) {
            asked.limit = *limit;
        }
        Answer answer;
        if (!answers.empty()) {
            answer = answers.front();
            answers.pop_front();
        } else if (changeCount != 0 && (changes[0].flags & evReceipt) != 0) {
            answer.events = asked.changes;
            for (Kevent& receipt : answer.events) {
                receipt.flags = evError;
                receipt.data = 0;
            }
        }
        std::size_t count = 0;
        for (; count != answer.events.size() && count != room; ++count) {
            events[count] = answer.events[count];
        }
        errno = answer.error;
        return answer.error != 0 ? -1 : static_cast<int>(count);
    }
};

} // namespace polleros_test
