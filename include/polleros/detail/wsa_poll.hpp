// SPDX-License-Identifier: MIT
/// @file
/// WSAPoll made to behave as poll(2), over the raw calls. By itself it differs:
///
/// - An empty list, or one of closed sockets only, is an error at once instead of a sleep.
/// - A closed socket among open ones is marked, but neither counted nor does it end the wait.
/// - The end of the peer's stream is POLLHUP, told whether asked or not: to who waits for room to send, and for ever.
/// - Before Windows 10 2004 a connect that failed is never told at all.
/// - Bits that may not be asked for are an error, on real Windows only. So nothing but RDNORM, WRNORM and RDBAND is.
///
/// Here POLLRDBAND stands for the end of the peer's stream, as POLLRDHUP elsewhere: asked for in `events`, told in
/// `revents`. (What it means by itself, urgent data, is never told.) POLLHUP is told only along with POLLERR.
#pragma once

#include <polleros/detail/windows_headers.hpp>
#include <polleros/handle.hpp>
#include <polleros/timeout.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// One call of poll(2). `Raw` has the calls it is made of.
template <class Raw>
class WsaPoll {
public:
    WsaPoll(::WSAPOLLFD* entries, std::size_t count) noexcept : entries_(entries), end_(entries + count) {}

    /// The number of entries that tell something, or -1. The first entry may be none.
    [[nodiscard]] int wait(Timeout timeout) noexcept {
        const bool polls = timeout.isImmediate();
        const bool timed = !polls && !timeout.isNever();
        const TimePoint until = timed ? timeout.deadline(Raw::now()) : noDeadline;
        const auto left = [&] { return timed ? Timeout(until).remaining(Raw::now()) : Nanoseconds(slice); };

        const bool watches = Raw::pollForgetsConnects() && anyWantsToWrite();
        // Who watches looks before it sleeps: a connect that has failed is told by every wait.
        Timeout step = polls || watches ? Timeout::immediately() : Timeout(std::min<Nanoseconds>(left(), slice));
        for (;;) {
            int found = ask(step);
            if (found == 0 && watches) {
                found = findFailedConnects();
            }
            const bool noisy = anyLeftOut_;
            if (found == 0 && noisy && !polls) {
                found = ask(std::min<Nanoseconds>(left(), shortSlice));
            }
            takeInAgain();
            if (found != 0 || polls) {
                return found;
            }
            const Nanoseconds rest = left();
            if (rest.count() == 0) {
                return 0;
            }
            step = noisy ? Timeout::immediately() : Timeout(std::min<Nanoseconds>(rest, slice));
        }
    }

private:
    using Nanoseconds = std::chrono::nanoseconds;
    // How long a closed socket or a failed connect may go unnoticed, and room to send after the end of the stream.
    static constexpr std::chrono::milliseconds slice{1000};
    static constexpr std::chrono::milliseconds shortSlice{10};

    /// No handle, or one that is left out for now: its complement. No system gives out such numbers.
    [[nodiscard]] static bool isLeftOut(const ::WSAPOLLFD& entry) noexcept { return entry.fd > invalidHandle >> 1U; }

    [[nodiscard]] static bool wantsToWrite(const ::WSAPOLLFD& entry) noexcept {
        return !isLeftOut(entry) && (entry.events & POLLWRNORM) != 0;
    }
    [[nodiscard]] bool anyWantsToWrite() const noexcept { return std::any_of(entries_, end_, wantsToWrite); }

    /// Asks the system, and puts what it says into the words of poll(2).
    [[nodiscard]] int ask(Timeout timeout) noexcept {
        const auto count = static_cast<std::size_t>(end_ - entries_);
        const int got = count != 0 ? Raw::systemPoll(entries_, count, timeout.toMilliseconds()) : 0;
        const bool nothingOpen = count == 0 || (got < 0 && Raw::lastError() == WSAENOTSOCK);
        if (got < 0 && !nothingOpen) {
            return -1;
        }
        int found = 0;
        for (::WSAPOLLFD* entry = entries_; entry != end_; ++entry) {
            translate(*entry);
            found += entry->revents != 0 ? 1 : 0;
        }
        if (nothingOpen && found == 0) {
            Raw::sleep(timeout.toMilliseconds());
        }
        return found;
    }

    void translate(::WSAPOLLFD& entry) noexcept {
        if (isLeftOut(entry)) {
            entry.revents = 0;
            return;
        }
        const int told = entry.revents;
        const bool ended = (told & (POLLHUP | POLLERR)) == POLLHUP;
        const bool listens = (entry.events & (POLLRDNORM | POLLRDBAND)) != 0;
        int bits = told & ~(POLLRDBAND | (ended ? POLLHUP : 0));
        bits |= ended && listens ? POLLRDBAND : 0;
        entry.revents = static_cast<SHORT>(bits);
        if (told != 0 && bits == 0) { // it would end every wait at once
            entry.fd = ~entry.fd;
            anyLeftOut_ = true;
        }
    }

    void takeInAgain() noexcept {
        if (!std::exchange(anyLeftOut_, false)) {
            return;
        }
        for (::WSAPOLLFD* entry = entries_; entry != end_; ++entry) {
            if (isLeftOut(*entry) && isSet(entry->fd)) {
                entry->fd = ~entry->fd;
            }
        }
    }

    /// select() tells of them, and of urgent data: that needs a connection. SO_ERROR is the user's to take.
    [[nodiscard]] int findFailedConnects() noexcept {
        int found = 0;
        for (::WSAPOLLFD* first = entries_; first != end_;) {
            ::fd_set failed;
            failed.fd_count = 0;
            ::WSAPOLLFD* last = first;
            for (; last != end_ && failed.fd_count < FD_SETSIZE; ++last) {
                if (wantsToWrite(*last)) {
                    failed.fd_array[failed.fd_count++] = last->fd;
                }
            }
            if (failed.fd_count != 0 && Raw::selectFailures(failed) > 0) {
                for (; first != last; ++first) {
                    const ::SOCKET* const end = failed.fd_array + failed.fd_count;
                    if (wantsToWrite(*first) && std::find<const ::SOCKET*>(failed.fd_array, end, first->fd) != end &&
                        !Raw::isConnected(first->fd)) {
                        first->revents = POLLERR;
                        ++found;
                    }
                }
            }
            first = last;
        }
        return found;
    }

    ::WSAPOLLFD* entries_;
    ::WSAPOLLFD* end_;
    bool anyLeftOut_ = false;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
