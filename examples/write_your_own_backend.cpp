// SPDX-License-Identifier: MIT
// Writing your own backend: select(2), the oldest mechanism, in little more than a hundred lines. `Poller<Select>` is
// then a poller as any other: intents, deadlines, wakers and stale events are the poller's business; a backend knows
// handles, sequence numbers and interests.
//
// What is promised to it, and what it promises, stands at the top of <polleros/backend/backend.hpp>.
#include <polleros/backend/backend.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/net/pipe.hpp>
#include <polleros/poller.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <thread>

#include <sys/select.h>
#include <sys/stat.h>

using polleros::Capability;
using polleros::Interest;
using polleros::InterestFlag;
using polleros::NativeHandle;
using polleros::Ready;
using polleros::ReadyFlag;
using polleros::SeqN;

class Select {
public:
    // Any handle that select(2) can wait for would do; what wakes poll(2) is such a one.
    using Wake = polleros::backend::Poll::Wake;

    Select(const polleros::Options& /*no memory needed*/, std::error_code& ec) noexcept { ec.clear(); }

    static constexpr std::string_view name() noexcept { return "select"; }
    // No hangupOnly: select(2) knows no hang-up but as something to read. No tellsDuplicates: it knows numbers only.
    static constexpr polleros::Capabilities capabilities() noexcept {
        return {Capability::priority, Capability::subMillisecond};
    }

    std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, polleros::Occupied /*cannot tell*/,
                        polleros::When /*always now*/) noexcept {
        if (handle < 0 || handle >= FD_SETSIZE) {
            return systemError(handle < 0 ? EBADF : EMFILE);
        }
        // To select(2) a regular file is always ready: a wait would never block again.
        struct stat status{};
        if (::fstat(handle, &status) != 0) {
            return systemError(errno);
        }
        if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode)) {
            return systemError(EPERM);
        }
        watched_[at(handle)] = {seqN, interest, true};
        end_ = std::max(end_, handle + 1);
        return {};
    }
    std::error_code modify(NativeHandle handle, SeqN /*seqN*/, Interest /*from*/, Interest to) noexcept {
        watched_[at(handle)].interest = to;
        return {};
    }
    void remove(NativeHandle handle, SeqN seqN, Interest /*from*/, polleros::When /*always now*/) noexcept {
        if (watched_[at(handle)].seqN == seqN) { // else the number has another owner by now
            watched_[at(handle)].present = false;
        }
    }

    std::size_t wait(polleros::Timeout timeout, std::error_code& ec) noexcept {
        ec.clear();
        count_ = 0;
        fd_set reads{};
        fd_set writes{};
        fd_set urgent{};
        for (NativeHandle handle = 0; handle < end_; ++handle) {
            const auto watch = [&](InterestFlag flag, fd_set& set) {
                if (watched_[at(handle)].present && watched_[at(handle)].interest.has(flag)) {
                    FD_SET(handle, &set);
                }
            };
            watch(InterestFlag::read, reads);
            watch(InterestFlag::write, writes);
            watch(InterestFlag::priority, urgent);
        }
        // Rounded up; cut to a day, which is allowed: the poller goes on until its own deadline.
        using std::chrono::microseconds;
        const auto left = std::chrono::ceil<microseconds>(std::min<std::chrono::nanoseconds>(
            timeout.isNever() ? std::chrono::hours(24) : timeout.remaining(now()), std::chrono::hours(24)));
        timeval limit{};
        limit.tv_sec = static_cast<time_t>(left.count() / 1'000'000);
        limit.tv_usec = static_cast<suseconds_t>(left.count() % 1'000'000);
        if (::select(end_, &reads, &writes, &urgent, timeout.isNever() ? nullptr : &limit) < 0) {
            if (errno == EBADF) {
                return findClosed();
            }
            ec = systemError(errno);
            return 0;
        }
        for (NativeHandle handle = 0; handle < end_; ++handle) {
            polleros::Readiness told;
            const auto map = [&](const fd_set& set, ReadyFlag flag) {
                if (FD_ISSET(handle, &set)) {
                    told |= flag;
                }
            };
            map(reads, ReadyFlag::read);
            map(writes, ReadyFlag::write);
            map(urgent, ReadyFlag::priority);
            if (!told.empty()) {
                ready_[count_++] = {watched_[at(handle)].seqN, told, 0};
            }
        }
        return count_;
    }
    Ready ready(std::size_t index) const noexcept { return ready_[index]; }

    std::error_code renew() noexcept {
        watched_ = {};
        end_ = 0;
        return {};
    }
    polleros::TimePoint now() const noexcept { return polleros::Clock::now(); }
    NativeHandle nativeHandle() const noexcept { return polleros::invalidHandle; } // nothing to nest in other loops

private:
    struct Watched {
        SeqN seqN{};
        Interest interest;
        bool present = false;
    };

    static std::size_t at(NativeHandle handle) noexcept { return static_cast<std::size_t>(handle); }
    static std::error_code systemError(int code) noexcept { return {code, std::system_category()}; }

    // One closed handle must not stop the others: it is told, as a failure, and forgotten.
    std::size_t findClosed() noexcept {
        struct stat status{};
        for (NativeHandle handle = 0; handle < end_; ++handle) {
            if (watched_[at(handle)].present && ::fstat(handle, &status) != 0) {
                watched_[at(handle)].present = false;
                ready_[count_++] = {watched_[at(handle)].seqN, {}, EBADF};
            }
        }
        return count_;
    }

    std::array<Watched, FD_SETSIZE> watched_{}; // by handle
    std::array<Ready, FD_SETSIZE> ready_{};
    std::size_t count_ = 0;
    NativeHandle end_ = 0; // behind the largest
};

static_assert(polleros::Backend<Select>); // says which member is missing or wrong, if one is

int main() {
    using namespace std::chrono_literals;
    using enum polleros::Trigger;

    polleros::Poller<Select> poller;
    const auto pipe = polleros::net::pipePair();
    poller.attachChannel(polleros::ChannelNumber{1}, polleros::SocketSource(pipe.reader.nativeHandle(), notify));

    const auto before = poller.now();
    const bool waited = poller.waitTriggers(20ms).timedOut && poller.now() - before >= 20ms;
    std::printf("an idle wait lasts: %s\n", waited ? "yes" : "no");

    static_cast<void>(polleros::net::write(pipe.writer, "x"));
    bool heard = poller.waitTriggers(1s).channels == 1;
    for (auto& channel : poller.triggered()) {
        heard = heard && channel.number() == polleros::ChannelNumber{1} && channel.act() == notify;
        channel.source().want({});
    }
    std::printf("a written pipe is heard: %s\n", heard ? "yes" : "no");

    const polleros::Waker waker = poller.waker();
    std::thread thread([&] { waker.wake(); });
    const bool woken = poller.waitTriggers(polleros::Timeout::never()).woken;
    thread.join();
    std::printf("%s was woken: %s\n", std::string(poller.backendName()).c_str(), woken ? "yes" : "no");

    return waited && heard && woken ? 0 : 1;
}
