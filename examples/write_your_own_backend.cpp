// SPDX-License-Identifier: MIT
// Writing your own backend: select(2), the oldest mechanism, in little more than a hundred lines. `Poller<Select>` is
// then a poller as any other: intents, deadlines, wakers and stale events are the poller's business; a backend knows
// handles, sequence numbers and interests.
//
// What is promised to it, and what it promises, stands at the top of <polleros/backend/backend.hpp>.
#include "select.hpp"

#include <polleros/backend/backend.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/poller.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <thread>

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
        // To select(2) a regular file is always ready: a wait would never block again. So only sockets may come in.
        if (seqN != polleros::wakerSeqN && !example::isSocket(handle)) {
            return systemError(example::lastError());
        }
        if (count_ == watched_.size() || !example::fits(handle)) {
            return systemError(example::tooMany);
        }
        watched_[count_++] = {handle, seqN, interest};
        return {};
    }
    std::error_code modify(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, Interest to) noexcept {
        find(seqN).interest = to;
        return {};
    }
    void remove(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, polleros::When /*always now*/) noexcept {
        find(seqN) = watched_[--count_];
    }

    std::size_t wait(polleros::Timeout timeout, std::error_code& ec) noexcept {
        ec.clear();
        readyCount_ = 0;
        // Rounded up; cut to a day, which is allowed: the poller goes on until its own deadline.
        using std::chrono::microseconds;
        const auto left = std::chrono::ceil<microseconds>(std::min<std::chrono::nanoseconds>(
            timeout.isNever() ? std::chrono::hours(24) : timeout.remaining(now()), std::chrono::hours(24)));
        if (count_ == 0) { // to wait for nothing but time is an error to some
            std::this_thread::sleep_for(left);
            return 0;
        }
        fd_set reads{};
        fd_set writes{};
        fd_set urgent{};
        for (const Watched& watched : all()) {
            const auto watch = [&](bool wanted, fd_set& set) {
                if (wanted) {
                    FD_SET(watched.handle, &set);
                }
            };
            const bool writing = watched.interest.has(InterestFlag::write);
            watch(watched.interest.has(InterestFlag::read), reads);
            watch(writing, writes);
            watch(watched.interest.has(InterestFlag::priority) || (writing && example::failuresAreUrgent), urgent);
        }
        timeval limit{};
        limit.tv_sec = static_cast<decltype(limit.tv_sec)>(left.count() / 1'000'000);
        limit.tv_usec = static_cast<decltype(limit.tv_usec)>(left.count() % 1'000'000);
        if (::select(FD_SETSIZE, &reads, &writes, &urgent, &limit) < 0) {
            if (example::lastError() == example::closedHandle) {
                return findClosed();
            }
            ec = systemError(example::lastError());
            return 0;
        }
        for (const Watched& watched : all()) {
            polleros::Readiness told;
            const auto map = [&](fd_set& set, ReadyFlag flag) {
                if (FD_ISSET(watched.handle, &set)) {
                    told |= flag;
                }
            };
            map(reads, ReadyFlag::read);
            map(writes, ReadyFlag::write);
            map(urgent, watched.interest.has(InterestFlag::priority) ? ReadyFlag::priority : ReadyFlag::error);
            if (!told.empty()) {
                ready_[readyCount_++] = {watched.seqN, told, 0};
            }
        }
        return readyCount_;
    }
    Ready ready(std::size_t index) const noexcept { return ready_[index]; }

    std::error_code renew() noexcept {
        count_ = 0;
        return {};
    }
    polleros::TimePoint now() const noexcept { return polleros::Clock::now(); }
    NativeHandle nativeHandle() const noexcept { return polleros::invalidHandle; } // nothing to nest in other loops

private:
    struct Watched {
        NativeHandle handle = polleros::invalidHandle;
        SeqN seqN{};
        Interest interest;
    };

    static std::error_code systemError(int code) noexcept { return {code, std::system_category()}; }

    std::span<Watched> all() noexcept { return std::span(watched_).first(count_); }
    // It is there: the poller changes and removes only what it has added.
    Watched& find(SeqN seqN) noexcept { return *std::ranges::find(all(), seqN, &Watched::seqN); }

    // One closed handle must not stop the others: it is told, as a failure, and forgotten.
    std::size_t findClosed() noexcept {
        for (const Watched& watched : all()) {
            if (watched.seqN != polleros::wakerSeqN && !example::isSocket(watched.handle)) {
                ready_[readyCount_++] = {watched.seqN, {}, example::lastError()};
            }
        }
        for (const Ready& closed : std::span(ready_).first(readyCount_)) {
            find(closed.seqN) = watched_[--count_];
        }
        return readyCount_;
    }

    std::array<Watched, FD_SETSIZE> watched_{};
    std::array<Ready, FD_SETSIZE> ready_{};
    std::size_t count_ = 0; // of those watched
    std::size_t readyCount_ = 0;
};

static_assert(polleros::Backend<Select>); // says which member is missing or wrong, if one is

int main() {
    using namespace std::chrono_literals;
    using enum polleros::Trigger;

    polleros::Poller<Select> poller;
    const auto line = polleros::net::socketPair();
    poller.attachChannel(polleros::ChannelNumber{1}, polleros::SocketSource(line.first, recv));

    const auto before = poller.now();
    const bool waited = poller.waitTriggers(20ms).timedOut && poller.now() - before >= 20ms;
    std::printf("an idle wait lasts: %s\n", waited ? "yes" : "no");

    static_cast<void>(polleros::net::send(line.second, "x"));
    bool heard = poller.waitTriggers(1s).channels == 1;
    for (auto& channel : poller.triggered()) {
        heard = heard && channel.number() == polleros::ChannelNumber{1} && channel.act() == recv;
        channel.source().want({});
    }
    std::printf("what is sent is heard: %s\n", heard ? "yes" : "no");

    const polleros::Waker waker = poller.waker();
    std::thread thread([&] { waker.wake(); });
    const bool woken = poller.waitTriggers(polleros::Timeout::never()).woken;
    thread.join();
    std::printf("%s was woken: %s\n", std::string(poller.backendName()).c_str(), woken ? "yes" : "no");

    return waited && heard && woken ? 0 : 1;
}
